import OrdersCommand
import Testing

@Suite struct ResourcePropertiesTests {
    private static let yaml = """
        Parameters:
          Amount: { Type: String, Default: "100" }
        Conditions:
          Holds: !Equals [!Ref Amount, "100"]
          HoldsNot: !Not [!Condition Holds]
        Test:

        """

    /// The properties that are written so.
    private static func properties(_ value: String) throws -> ResourceProperties {
        let template = try Fixtures.template(self.yaml + "  V: { " + value + " }\n")
        let properties = try #require(template.root["Test"]?["V"])
        return ResourceProperties(template: template, value: properties, path: "R")
    }

    private static let nothing = "!Ref AWS::NoValue"

    @Test(arguments: [
        ("L: [{ A: a }, { A: b }]", ["a", "b"]),
        ("L: [!If [Holds, { A: a }, \(ResourcePropertiesTests.nothing)], { A: b }]", ["a", "b"]),
        ("L: [!If [HoldsNot, { A: a }, \(ResourcePropertiesTests.nothing)], { A: b }]", ["b"]),
        (
            "L: [!If [Holds, !If [HoldsNot, { A: a }, { A: c }], \(ResourcePropertiesTests.nothing)], \(ResourcePropertiesTests.nothing)]",
            ["c"]
        ),
        ("L: !If [Holds, [!If [HoldsNot, { A: a }, \(ResourcePropertiesTests.nothing)]], [{ A: b }]]", []),
        ("L: !If [HoldsNot, [{ A: a }], \(ResourcePropertiesTests.nothing)]", []), ("M: x", []),
    ])
    func `a list has the elements that CloudFormation keeps`(value: String, expected: [String]) throws {
        let texts = try Self.properties(value).list("L").map { try $0.requiredText("A") }
        #expect(texts == expected)
    }

    @Test func `an element is numbered as CloudFormation numbers it`() throws {
        let elements = try Self.properties("L: [\(Self.nothing), { B: b }]").list("L")
        let error = #expect(throws: ToolError.self) { try elements[0].requiredText("A") }
        #expect(error?.description.hasSuffix("R.L[0].A is missing") == true, "\(error?.description ?? "")")
    }

    @Test func `a map of texts has the members that CloudFormation keeps`() throws {
        let properties = try Self.properties(
            """
            V: { A: !If [Holds, a, \(Self.nothing)], B: !If [HoldsNot, b, \(Self.nothing)], C: \(Self.nothing), \
            D: !If [HoldsNot, b, !Ref Amount], E: e }
            """
        )
        #expect(try properties.texts(of: "V") == ["A": "a", "D": "100", "E": "e"])
        #expect(try Self.properties("V: !If [HoldsNot, { A: a }, \(Self.nothing)]").texts(of: "V").isEmpty)
    }

    @Test(arguments: ["L: [!If [Holds, { A: a }]]", "L: [!If [Nowhere, { A: a }, { A: b }]]"])
    func `a choice that is none is refused`(value: String) throws {
        let properties = try Self.properties(value)
        #expect(throws: ToolError.self) { try properties.list("L") }
    }
}
