package import AWSClient
package import Orders
internal import Platform

/// The digest of an order's content, by which a repetition of the order is told from another order that was given the same
/// `MessageId`.
package enum EventDigest {
    /// The claim's attribute.
    static let attribute = "digest"
    /// How the digest is made: a claim with a digest of another version, or without any, is taken for the same order's.
    private static let version: StaticString = "1:"
    /// How many bytes of the hash are kept: 128 bits, enough that nobody meets two orders of one digest by chance.
    private static let length = 16

    /// `1:` and 32 hexadecimal digits of the SHA-256 of the order's facts; nil for an event that only its place in the
    /// stream identifies, which is always the same.
    package static func text(of event: OrderEvent) -> String? {
        guard event.hasMessageID else { return nil }
        return Hexadecimal.text(Digest.sha256(event.facts).prefix(self.length), behind: self.version)
    }

    /// The digest of a claim that is there; nil where it cannot be compared.
    package static func stored(in claim: AttributeMap?) -> String? {
        claim?[self.attribute]?.string.flatMap { $0.hasPrefix("\(self.version)") ? $0 : nil }
    }

    /// Whether two digests are of different orders; what has none cannot be told apart.
    static func differ(_ one: String?, _ other: String?) -> Bool {
        if let one, let other { one != other } else { false }
    }

    /// What the dead letter of the other order says.
    package static let conflict =
        "another order was counted under this MessageId, of other content (order id, createdUtc, amount, currency or "
        + "products); give this order a MessageId of its own and send it again"
}
