package import Orders

/// The row that makes an event, or a part of one, count once: `PK` `EVENT#<id>`.
package struct EventMarker: Hashable, Sendable {
    /// What of the event the marker stands for.
    package enum Scope: Hashable, Sendable {
        /// All of it, or the first part of an order that has a message id; of a record that cannot be counted, its dead
        /// letter.
        case whole
        /// Another part, by its number from 1, of an event that touches more rows than a transaction holds.
        ///
        /// The cut is a part of the contract with what is stored: changing it would count an event again that comes
        /// again after the change.
        case part(Int)
        /// That an invalid order with a message id is one of its day's orders.
        ///
        /// Apart from `whole`, so that the corrected order still counts under the same id.
        case invalid
    }

    /// The `MessageId`, else the Kinesis event id.
    package let id: Identifier
    package let scope: Scope

    package init(id: Identifier, scope: Scope = .whole) {
        self.id = id
        self.scope = scope
    }

    /// `PK`.
    package var partitionKey: String { "EVENT#" + self.id.text }

    /// `SK`.
    package var sortKey: String {
        switch self.scope {
        case .whole: "EVENT"
        case .part(let number): "EVENT#\(number)"
        case .invalid: "INVALID"
        }
    }
}
