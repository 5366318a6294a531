/// Bounds on what a reader accepts, so that no input can exhaust the stack or the memory.
package struct JSONLimits: Sendable {
    /// Objects and arrays inside one another.
    ///
    /// DynamoDB items reach 32 levels of two objects each.
    package var depth: Int
    /// Bytes of the whole text.
    package var bytes: Int

    package init(depth: Int = 128, bytes: Int = 16 * 1024 * 1024) {
        self.depth = depth
        self.bytes = bytes
    }

    /// For a Lambda event (at most 6 MiB + 100 B) and everything inside one.
    package static let standard = JSONLimits()
}
