/// Why an answer is not the XML it should be.
struct XMLError: Error, Sendable, Equatable, CustomStringConvertible {
    let reason: String
    /// Bytes from the start.
    let offset: Int

    var description: String { "malformed XML: \(self.reason) at byte \(self.offset)" }
}
