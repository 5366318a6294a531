/// Why an answer is not the XML it should be.
package struct XMLError: Error, Sendable, Equatable, CustomStringConvertible {
    package let reason: String
    /// Bytes from the start.
    package let offset: Int

    package var description: String { "malformed XML: \(self.reason) at byte \(self.offset)" }
}
