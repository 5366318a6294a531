/// What the template gives a function: its environment and its limits.
package struct FunctionConfiguration: Sendable, Equatable {
    /// The environment's variables.
    package private(set) var variables: [String: String] = [:]
    /// How long an invocation may take.
    package private(set) var timeout = Duration.seconds(30)
    /// MB.
    package private(set) var memorySize = 256

    /// A function without a stack: generous limits, no variables.
    package init() {}

    /// The function of that logical id; one that the template does not have gets no variables.
    package init(logicalID: String, in template: Template) throws {
        self.init()
        let functions = try template.resources(ofType: "AWS::Lambda::Function")
        guard let value = functions.first(where: { $0.logicalID == logicalID })?.properties else { return }
        let properties = ResourceProperties(template: template, value: value, path: logicalID)
        self.timeout = .seconds(try properties.integer("Timeout", in: 1...900) ?? 3)
        self.memorySize = try properties.integer("MemorySize", in: 128...10_240) ?? 128
        self.variables = try properties.properties("Environment").texts(of: "Variables")
    }
}
