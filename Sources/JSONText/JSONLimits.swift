/// Bounds on what a reader accepts, so that no input can exhaust the stack or the memory.
public struct JSONLimits: Sendable {
    /// Objects and arrays inside one another.
    ///
    /// DynamoDB items reach 32 levels of two objects each.
    public var depth: Int
    /// Bytes of the whole text.
    public var bytes: Int

    /// Limits of one's own, for texts that are no events.
    public init(depth: Int = 128, bytes: Int = 16 * 1024 * 1024) {
        self.depth = depth
        self.bytes = bytes
    }

    /// For a Lambda event (at most 6 MiB + 100 B) and everything inside one.
    public static let standard = JSONLimits()
}
