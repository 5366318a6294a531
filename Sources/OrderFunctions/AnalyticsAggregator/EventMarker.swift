package import Orders

/// What an event counts once by: the key of the claim that the first of its records puts, whose `PK` is `EVENT#<id>`.
package struct EventMarker: Hashable, Sendable {
    /// What of the event the claim is for.
    package enum Scope: Hashable, Sendable {
        /// The order.
        case whole
        /// The dead letter of a record, whatever `MessageId` an order has: its key is the record's place.
        case letter
        /// That an invalid order is one of its day's orders; of one without a message id by the place where Kinesis had it.
        ///
        /// It is another claim than `whole`, so that the corrected order still counts under the same id.
        case invalid
    }

    /// What every `PK` of a claim begins with.
    static let prefix = "EVENT#"

    /// The `MessageId`; for a dead letter and for an invalid order without one the Kinesis event id.
    package let id: Identifier
    /// What of the event the claim is for.
    package let scope: Scope

    /// The key of an event's claim.
    package init(id: Identifier, scope: Scope = .whole) {
        self.id = id
        self.scope = scope
    }

    /// The item's `PK`.
    package var partitionKey: String { Self.prefix + self.id.text }

    /// The item's `SK`.
    package var sortKey: String {
        switch self.scope {
        case .whole: "EVENT"
        case .letter: "LETTER"
        case .invalid: "INVALID"
        }
    }
}
