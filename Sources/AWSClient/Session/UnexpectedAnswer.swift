/// Why an answer of 2xx that can be read is not the operation's.
struct UnexpectedAnswer: Error, CustomStringConvertible {
    let description: String

    /// It has not what the operation is called for.
    static func without(_ what: String) -> UnexpectedAnswer {
        UnexpectedAnswer(description: "the answer has no \(what)")
    }

    /// It has a body, which the operation's answers have not.
    static let withBody = UnexpectedAnswer(description: "the answer has a body, where none belongs")
}
