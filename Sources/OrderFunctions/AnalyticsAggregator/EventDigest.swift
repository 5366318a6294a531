internal import AWSClient
internal import Orders

/// By what an event's repetition is told from another order that was given the same `MessageId`.
enum EventDigest {
    /// The marker's attribute.
    static let attribute = "digest"
    /// How the digest is made: a marker with another one, or without any, is taken for the same order's.
    private static let version = "1:"
    /// 128 bits, enough that nobody meets two orders of one digest by chance.
    private static let length = 16

    /// `1:` and 32 hexadecimal digits of the SHA-256 of the order's facts; nil for an event that only its place in the
    /// stream identifies, which is always the same.
    static func text(of event: OrderEvent) -> String? {
        guard event.hasMessageID else { return nil }
        return self.version + Digest.hexadecimal(Array(Digest.sha256(event.facts).prefix(self.length)))
    }

    /// The digest of a marker that is there; nil where it cannot be compared.
    static func stored(in marker: AttributeMap?) -> String? {
        marker?[self.attribute]?.string.flatMap { $0.hasPrefix(self.version) ? $0 : nil }
    }

    /// What the dead letter of the other order says.
    static let conflict =
        "another order was counted under this MessageId, of other content (order id, createdUtc, amount, currency or "
        + "products); give this order a MessageId of its own and send it again"
}
