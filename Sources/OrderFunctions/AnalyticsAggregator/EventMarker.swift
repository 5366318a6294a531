package import AWSClient
package import Orders
internal import Platform

/// The row that makes an event, or a part of one, count once: its `PK` is `EVENT#<id>`.
package struct EventMarker: Hashable, Sendable {
    /// What of the event the marker stands for.
    package enum Scope: Hashable, Sendable {
        /// The whole event, or the first part of an order that has a message id; of a record that cannot be counted, its
        /// dead letter.
        case whole
        /// A part, by its number from 1, of an event that touches more rows than a transaction holds.
        ///
        /// The places at which events are cut are a part of the contract with what is stored: other places would count an
        /// event again that comes again after the change.
        case part(Int)
        /// That an invalid order with a message id is one of its day's orders.
        ///
        /// It is another marker than `whole`, so that the corrected order still counts under the same id.
        case invalid
    }

    /// The `MessageId`, else the Kinesis event id.
    package let id: Identifier
    /// What of the event the marker stands for.
    package let scope: Scope

    /// The marker of an event, or of a part of it.
    package init(id: Identifier, scope: Scope = .whole) {
        self.id = id
        self.scope = scope
    }

    /// The item's `PK`.
    package var partitionKey: String { "EVENT#" + self.id.text }

    /// The item's `SK`.
    package var sortKey: String {
        switch self.scope {
        case .whole: "EVENT"
        case .part(let number): "EVENT#\(number)"
        case .invalid: "INVALID"
        }
    }
}

extension ShardBatch {
    /// The marker of a record itself, whatever order it holds; nil where nothing says the record's place in the stream.
    func marker(ofRecord index: Int) -> EventMarker? {
        self.eventID(ofRecord: index).flatMap { Identifier($0) }.map { EventMarker(id: $0) }
    }
}

/// The digest of an order's content, by which a repetition of the order is told from another order that was given the same
/// `MessageId`.
package enum EventDigest {
    /// The marker's attribute.
    static let attribute = "digest"
    /// How the digest is made: a marker with a digest of another version, or without any, is taken for the same order's.
    private static let version = "1:"
    /// How many bytes of the hash are kept: 128 bits, enough that nobody meets two orders of one digest by chance.
    private static let length = 16

    /// `1:` and 32 hexadecimal digits of the SHA-256 of the order's facts; nil for an event that only its place in the
    /// stream identifies, which is always the same.
    package static func text(of event: OrderEvent) -> String? {
        guard event.hasMessageID else { return nil }
        return self.version + Hexadecimal.text(Array(Digest.sha256(event.facts).prefix(self.length)))
    }

    /// The digest of a marker that is there; nil where it cannot be compared.
    package static func stored(in marker: AttributeMap?) -> String? {
        marker?[self.attribute]?.string.flatMap { $0.hasPrefix(self.version) ? $0 : nil }
    }

    /// What the dead letter of the other order says.
    static let conflict =
        "another order was counted under this MessageId, of other content (order id, createdUtc, amount, currency or "
        + "products); give this order a MessageId of its own and send it again"
}
