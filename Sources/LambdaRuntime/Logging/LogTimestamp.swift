internal import Platform

/// The text of the time that was written last: the lines of a batch are mostly of one millisecond, and made anew each
/// costs 0.7 thousand instructions.
struct LogTimestamp: Sendable {
    private var millisecond: Int64?
    private var text: [UInt8] = []

    /// Appends `2025-08-27T18:08:00.648Z`.
    mutating func append(_ time: UTCInstant, to bytes: inout [UInt8]) {
        let millisecond = time.millisecondsSince1970
        if millisecond != self.millisecond {
            self.millisecond = millisecond
            self.text.removeAll(keepingCapacity: true)
            time.appendISO8601(to: &self.text)
        }
        self.text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    }
}
