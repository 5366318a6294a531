import OrdersCommand
import Testing

@Suite struct TemplateTests {
    private static let yaml = """
        Parameters:
          Amount: { Type: String, Default: "100" }
          Domains: { Type: CommaDelimitedList, Default: "a.com,b.com" }
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
