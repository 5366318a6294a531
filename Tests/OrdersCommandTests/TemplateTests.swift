import OrdersCommand
import Testing

@Suite struct TemplateTests {
    private static let yaml = """
        Parameters:
          Amount: { Type: String, Default: "100" }
          Domains: { Type: CommaDelimitedList, Default: "a.com,b.com" }
          Spaced: { Type: CommaDelimitedList, Default: " a, b c ,,  " }
        Mappings:
          Days: { "7": { Hours: 168 } }
        Conditions:
          IsHundred: !Equals [!Ref Amount, "100"]
          IsNot: !Not [!Condition IsHundred]
          Both: !And [!Condition IsHundred, !Not [!Condition IsNot]]
          Either: !Or [!Condition IsNot, !Equals [a, a]]
        Resources:
          Table: { Type: AWS::DynamoDB::Table, Properties: {} }
          Queue: { Type: AWS::SQS::Queue, Properties: {} }
          Topic: { Type: AWS::SNS::Topic, Properties: {} }
          Bucket: { Type: AWS::S3::Bucket, Properties: {} }
          Stream: { Type: AWS::Kinesis::Stream, Properties: {} }
          Function: { Type: AWS::Lambda::Function, Properties: {} }
          Absent: { Type: AWS::Lambda::Function, Condition: IsNot, Properties: {} }
        Test:

        """

    private static func resolve(_ value: String) throws -> ResolvedValue? {
        let template = try Fixtures.template(self.yaml + "  V: " + value + "\n")
        return try template.root["Test"]?["V"].flatMap(template.resolve)
    }

    @Test(arguments: [
        ("plain", "plain"),
        ("!Ref Amount", "100"),
        ("{ Ref: Amount }", "100"),
        ("!Ref AWS::Region", "eu-west-1"),
        ("!Ref AWS::AccountId", "123456789012"),
        ("!Ref AWS::StackName", "orders"),
        ("!Ref AWS::Partition", "aws"),
        ("!Ref AWS::URLSuffix", "amazonaws.com"),
        ("!Ref Table", "orders-Table"),
        ("!GetAtt Table.Arn", "arn:aws:dynamodb:eu-west-1:123456789012:table/orders-Table"),
        ("!GetAtt [Queue, Arn]", "arn:aws:sqs:eu-west-1:123456789012:orders-Queue"),
        ("{ Fn::GetAtt: [Queue, QueueName] }", "orders-Queue"),
        ("!GetAtt Topic.TopicArn", "arn:aws:sns:eu-west-1:123456789012:orders-Topic"),
        ("!GetAtt Topic.TopicName", "orders-Topic"),
        ("!GetAtt Bucket.Arn", "arn:aws:s3:::orders-Bucket"),
        ("!GetAtt Stream.Arn", "arn:aws:kinesis:eu-west-1:123456789012:stream/orders-Stream"),
        ("!GetAtt Function.Arn", "arn:aws:lambda:eu-west-1:123456789012:function:orders-Function"),
        ("!Sub x-${Amount}-${AWS::StackName}-${Queue.QueueName}-${!Literal}", "x-100-orders-orders-Queue-${Literal}"),
        ("!Sub ['${Own}/${Amount}', { Own: !Join ['+', !Ref Domains] }]", "a.com+b.com/100"),
        ("!Join [',', [a, !Ref Amount]]", "a,100"),
        ("!Select [1, !Split ['|', 'a|b|c']]", "b"),
        ("!FindInMap [Days, '7', Hours]", "168"),
        ("!If [IsHundred, yes, no]", "yes"),
        ("!If [IsNot, yes, no]", "no"),
        ("!If [Both, yes, no]", "yes"),
        ("!If [Either, yes, no]", "yes"),
    ])
    func `evaluates what CloudFormation does`(value: String, expected: String) throws {
        #expect(try Self.resolve(value) == .text(expected))
    }

    @Test func `a list parameter is a list, and NoValue is nothing`() throws {
        #expect(try Self.resolve("!Ref Domains") == .list([.text("a.com"), .text("b.com")]))
        #expect(try Self.resolve("!Ref Spaced") == .list([.text("a"), .text("b c"), .text(""), .text("")]))
        #expect(try Self.resolve("!Ref AWS::NoValue") == nil)
        #expect(try Self.resolve("[a, !Ref AWS::NoValue, b]") == .list([.text("a"), .text("b")]))
    }

    @Test(arguments: [
        "!Ref Nowhere", "!GetAtt Nowhere.Arn", "!GetAtt Table.Nothing", "!GetAtt Table", "!Sub ${Nowhere}",
        "!Sub ${Open", "!Sub ${Domains}", "!FindInMap [Days, '8', Hours]", "!If [Nope, a, b]", "!If [IsHundred, a]",
        "!ImportValue x", "!Select [9, [a]]", "!Base64 x",
    ])
    func `names the line of what it cannot evaluate`(value: String) throws {
        let line = Self.yaml.split(separator: "\n", omittingEmptySubsequences: false).count
        let error = #expect(throws: ToolError.self) { try Self.resolve(value) }
        #expect(error?.code == .badUse)
        #expect(error?.description.hasPrefix("t.yaml:\(line):") == true, "\(error?.description ?? "")")
    }

    @Test func `leaves out resources whose condition does not hold`() throws {
        let template = try Fixtures.template(Self.yaml)
        #expect(try template.resources(ofType: "AWS::Lambda::Function").map(\.logicalID) == ["Function"])
    }

    @Test func `refuses what is no YAML with the file's name`() {
        let error = #expect(throws: ToolError.self) { try TemplateValue(parsing: "a: [", file: "t.yaml") }
        #expect(error?.description.hasPrefix("t.yaml: not valid YAML") == true)
    }

    @Test func `gives functions the variables of the template`() throws {
        let configuration = try FunctionConfiguration(logicalID: "OrderWriter", in: Fixtures.template())
        #expect(configuration.variables["ORDERS_TABLE"] == "orders-OrdersTable")
        #expect(configuration.variables["LOG_LEVEL"] == "INFO")
        #expect(configuration.timeout == .seconds(10))
    }
}

/// What a template may make of a few lines: each would take hours or all memory without a limit.
@Suite struct TemplateLimitsTests {
    /// `&a1 [*a0, *a0, …]` and so on: ten to the power of `levels` values.
    private static func laughs(levels: Int, width: Int = 10) -> [String] {
        (1...levels).map { level in
            let aliases = [String](repeating: "*a\(level - 1)", count: width)
            return "a\(level): &a\(level) [\(aliases.joined(separator: ", "))]"
        }
    }

    private static func refusal(of yaml: String) -> String {
        let error = #expect(throws: ToolError.self) { try TemplateValue(parsing: yaml, file: "t.yaml") }
        return error?.description ?? ""
    }

    @Test(arguments: [
        // As a value; as a key, whose hash Yams takes; in a key.
        "*a9", "? *a9\n  : x", "? [*a9]\n  : x", "{*a9 : x}",
    ])
    func `anchors in one another are refused where they repeat too much`(last: String) {
        let lines = ["a0: &a0 lol"] + Self.laughs(levels: 9)
        let message = Self.refusal(of: (lines + ["x:\n  " + last]).joined(separator: "\n"))
        #expect(message.hasPrefix("t.yaml:6: more than 100000 values"), "\(message)")
    }

    @Test func `anchors in one another are refused where they nest too deep`() {
        let nested = String(repeating: "[", count: 100), end = String(repeating: "]", count: 100)
        let lines = (1...9).map { "a\($0): &a\($0) \(nested)*a\($0 - 1)\(end)" }
        #expect(
            Self.refusal(of: (["a0: &a0 x"] + lines).joined(separator: "\n")).hasPrefix("t.yaml:3: more than 128 lists")
        )
    }

    @Test(arguments: [("[", "]"), ("{a: ", "}"), ("- ", "")])
    func `deep nesting is refused`(open: String, end: String) {
        for depth in [200, 100_000] {
            let yaml = String(repeating: open, count: depth) + "x" + String(repeating: end, count: depth)
            #expect(Self.refusal(of: yaml).hasPrefix("t.yaml:"))
        }
    }

    @Test func `an alias stands for what its anchor does`() throws {
        let value = try TemplateValue(
            parsing: """
                a: &a { n: 1, f: !Ref X }
                b: &b [*a, "*a", '*a', "x*y", *a]
                c: *b
                &key k: 1
                d: &a second
                *key : *a
                e: |
                  def f(*args, *a): *a
                """,
            file: "t.yaml"
        )
        guard case .list(let elements)? = value["c"]?.kind else { throw ToolError.failed("no list") }
        #expect(elements[0] == value["a"])
        #expect(elements[4]["f"]?.kind == .function("Ref", TemplateValue(.text("X"), line: 1)))
        #expect(elements.map(\.text) == [nil, "*a", "*a", "x*y", nil])
        #expect(value.members.filter { $0.name == "k" }.map(\.value.text) == ["1", "second"])
        #expect(value["e"]?.text == "def f(*args, *a): *a")
    }

    @Test(arguments: [
        ("a: *", "needs quotes"), ("a: *.log", "needs quotes"), ("a: *b c", "needs quotes"),
        ("a: !Sub *b", "needs quotes"),
        ("a: *b", "there is no anchor &b"), ("a: &a [*a]", "there is no anchor &a"), ("a: [*b", "not valid YAML"),
    ])
    func `what is no alias is refused with its place`(yaml: String, reason: String) {
        let message = Self.refusal(of: "x: y\n" + yaml)
        #expect(message.hasPrefix("t.yaml:") && message.contains(reason), "\(message)")
        #expect(!message.contains("\u{E000}"))
    }

    @Test(arguments: [
        // Conditions in one another, evaluated twice at each level; one that names itself; a map that does.
        "  C0: !Equals [a, a]\n"
            + (1...40).map { "  C\($0): !And [!Condition C\($0 - 1), !Condition C\($0 - 1)]\n" }.joined(),
        "  C40: !Not [!Condition C40]\n",
        "  C40: !Equals [a, !If [C40, a, b]]\n",
        "  C40: !Equals [a, !FindInMap [M, k, k]]\nMappings: { M: { k: { k: !FindInMap [M, k, k] } } }\n",
    ])
    func `conditions and maps that never end are refused`(conditions: String) throws {
        let template = try Fixtures.template("Conditions:\n" + conditions + "Resources: {}\n")
        let error = #expect(throws: ToolError.self) { try template.holds("C40", line: 1) }
        #expect(error?.description.contains("here") == true, "\(error?.description ?? "")")
    }

    @Test(arguments: [
        // Twice as long at each level; a long separator; a long text that is repeated.
        (1...40).reduce("x") { text, _ in "!Sub ['${A}${A}', { A: \(text) }]" },
        "!Join [\(Self.long), [\([String](repeating: "b", count: 1_000).joined(separator: ", "))]]",
        "!Sub ['\(String(repeating: "${A}", count: 1_000))', { A: \(Self.long) }]",
    ])
    func `functions that repeat too much are refused`(yaml: String) throws {
        let value = try TemplateValue(parsing: yaml, file: "t.yaml")
        let template = Template(root: value, stack: DeployedStack(name: "s", id: ""), file: "t.yaml")
        let error = #expect(throws: ToolError.self) { _ = try template.resolve(value) }
        #expect(
            error?.description == "t.yaml:1: functions in one another repeat too much here: write out what is meant"
        )
    }

    private static let long = String(repeating: "0123456789", count: 5_000)
}
