/// How many records go into one invocation.
package struct BatchLimits: Sendable, Equatable {
    /// Lambda's limit for a synchronous payload: 6 MiB and 100 bytes.
    package static let maximumPayload = 6 * 1_024 * 1_024 + 100

    /// Records; 1 to 10,000.
    package let size: Int
    /// How long to wait for a full batch after its first record; zero: not at all.
    package let window: Duration
    /// Bytes of the payload, brackets and commas included.
    package let bytes: Int

    package init(size: Int = 100, window: Duration = .zero, bytes: Int = BatchLimits.maximumPayload) {
        self.size = size
        self.window = window
        self.bytes = bytes
    }
}
