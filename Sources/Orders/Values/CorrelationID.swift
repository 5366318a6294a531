internal import JSONText

/// The rule for what a producer calls an order's messages, by which people find them in logs.
///
/// It decides nothing, so that what is no correlation id counts as absent instead of being refused.
enum CorrelationID {
    /// At most as many bytes as the HTTP API takes; a longer one is no id but a text.
    private static let maximumLength = 128

    /// The text, unless it is no id.
    ///
    /// Correlation ids are logged, so that one with an `@` is taken for an address, which no log may have.
    static func text(_ text: String) -> String? {
        let isID = (1...self.maximumLength).contains(text.utf8.count)
        return isID && !text.hasByte(UInt8(ascii: "@")) ? text : nil
    }
}
