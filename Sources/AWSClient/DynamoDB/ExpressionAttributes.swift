/// What the placeholders of a request's expressions stand for.
package struct ExpressionAttributes: Sendable, Equatable {
    /// `#name` → the attribute's name; needed for reserved words such as `status`, `timestamp`, `count`, `value`.
    package var names: [String: String]
    /// `:value` → the value.
    package var values: AttributeMap

    package init(names: [String: String] = [:], values: AttributeMap = [:]) {
        self.names = names
        self.values = values
    }
}
