import Foundation
import Orders
import OrdersCommand

enum Fixtures {
    /// The repository.
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let streamARN =
        "arn:aws:dynamodb:eu-west-1:123456789012:table/orders-OrdersTable/stream/2026-01-01T00:00:00.000"

    /// Texts that are canonically equivalent, and so equal as strings: two ids to DynamoDB and to the functions.
    static let equivalentTexts = ["caf\u{e9}", "cafe\u{301}"]

    /// The id that a test's text is.
    static func orderID(_ text: String) -> OrderID {
        guard let id = OrderID(text) else { preconditionFailure("no order can have this id: \(text)") }
        return id
    }

    /// Values by the ids that their names are.
    static func byID<Value>(_ values: [String: Value]) -> [Identifier: Value] {
        Dictionary(values.map { (self.orderID($0.key), $0.value) }) { _, last in last }
    }

    /// The real template as it is written.
    static func templateText() throws -> String {
        try String(contentsOf: self.root.appendingPathComponent("cloudformation.yaml"), encoding: .utf8)
    }

    /// The real template against a stack in which every resource is deployed.
    static func template(parameters: [String: String] = [:]) throws -> Template {
        try self.templates(self.templateText(), parameters: [parameters])[0]
    }

    /// One template against a stack for each set of parameters.
    static func templates(_ yaml: String, parameters: [[String: String]]) throws -> [Template] {
        let value = try TemplateValue(parsing: yaml, file: "cloudformation.yaml")
        return parameters.map { Template(root: value, stack: self.stack(of: value, $0), file: "cloudformation.yaml") }
    }

    /// A template written by a test.
    static func template(_ yaml: String, stack: DeployedStack? = nil) throws -> Template {
        let value = try TemplateValue(parsing: yaml, file: "t.yaml")
        return Template(root: value, stack: stack ?? self.stack(of: value, [:]), file: "t.yaml")
    }

    private static func stack(of template: TemplateValue, _ parameters: [String: String]) -> DeployedStack {
        let resources = (template["Resources"]?.members ?? []).map { member in
            let type = member.value["Type"]?.text ?? ""
            let name = "orders-\(member.name)"
            let id =
                switch type {
                case "AWS::SQS::Queue": "http://127.0.0.1:4566/123456789012/\(name)"
                case "AWS::SNS::Topic": "arn:aws:sns:eu-west-1:123456789012:\(name)"
                default: name
                }
            return (member.name, DeployedStack.Resource(type: type, physicalID: id))
        }
        return DeployedStack(
            name: "orders",
            id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1",
            parameters: parameters,
            resources: Dictionary(resources) { _, last in last },
            streamARNs: ["OrdersTable": self.streamARN]
        )
    }
}
