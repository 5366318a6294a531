/// An order as the Orders table has it: each attribute with the instant of the message it came from, so that any
/// permutation and repetition of one order's messages ends in the same item.
package struct StoredOrder: Sendable, Equatable {
    /// The format of the items that this version writes; items of others have none.
    package static let format = 1

    /// The order.
    package let id: OrderID
    /// The status as the producer wrote it.
    package internal(set) var status: Versioned<String>?
    /// What the order costs in total.
    package internal(set) var amount: Versioned<Money>?
    /// The currency of the amount.
    package internal(set) var currency: Versioned<String>?
    /// The customer.
    package internal(set) var userID: Versioned<String>?
    /// The customer's address.
    package internal(set) var customerEmail: Versioned<String>?
    /// What was ordered.
    package internal(set) var itemName: Versioned<String>?
    /// How many were ordered.
    package internal(set) var quantity: Versioned<Int64>?
    /// The smallest instant of any message.
    package internal(set) var createdAt: Timestamp?
    /// The greatest instant of any message, which is the newest message's `timestamp` too.
    package internal(set) var updatedAt: Timestamp?

    /// An order that nothing is known of yet.
    package init(id: OrderID) {
        self.id = id
    }

    /// The order after an update of it; nil where the update changes nothing.
    package func merging(_ update: OrderUpdate) -> StoredOrder? {
        precondition(update.id == self.id, "updates are grouped by order before they are merged")
        let instant = update.timestamp
        var merged = self
        var changes = merged.widenTimes(to: instant)
        changes = Self.merge(update.status?.text, at: instant, into: &merged.status) || changes
        changes = Self.merge(update.amount, at: instant, into: &merged.amount) || changes
        changes = Self.merge(update.currency?.text, at: instant, into: &merged.currency) || changes
        changes = Self.merge(update.userID?.text, at: instant, into: &merged.userID) || changes
        changes = Self.merge(update.customerEmail, at: instant, into: &merged.customerEmail) || changes
        changes = Self.merge(update.itemName, at: instant, into: &merged.itemName) || changes
        changes = Self.merge(update.quantity, at: instant, into: &merged.quantity) || changes
        return changes ? merged : nil
    }

    private mutating func widenTimes(to instant: Timestamp) -> Bool {
        let isEarliest = self.createdAt.map { instant < $0 } ?? true
        let isLatest = self.updatedAt.map { $0 < instant } ?? true
        if isEarliest { self.createdAt = instant }
        if isLatest { self.updatedAt = instant }
        return isEarliest || isLatest
    }

    private static func merge<Value: Mergeable>(
        _ value: Value?,
        at instant: Timestamp,
        into current: inout Versioned<Value>?
    ) -> Bool {
        guard let value, current?.yields(to: value, at: instant) ?? true else { return false }
        current = Versioned(value, at: instant)
        return true
    }
}

/// A value that can be stored per attribute: one that two messages of one instant can be told apart by.
protocol Mergeable {
    /// Of two values of the same instant the greater wins: numbers by value, text byte by byte.
    static func isLess(_ left: Self, _ right: Self) -> Bool
}

/// An attribute with the instant of the message it came from.
package struct Versioned<Value: Sendable & Equatable>: Sendable, Equatable {
    /// What the message said.
    package var value: Value
    /// Nil for a value that others wrote without saying when: older than any message.
    package var instant: Timestamp?

    /// A value with the instant of its message.
    package init(_ value: Value, at instant: Timestamp?) {
        self.value = value
        self.instant = instant
    }
}

extension Versioned where Value: Mergeable {
    /// Whether a message's value takes this one's place.
    func yields(to value: Value, at instant: Timestamp) -> Bool {
        guard let own = self.instant else { return true }
        return own == instant ? Value.isLess(self.value, value) : own < instant
    }
}

extension String: Mergeable {
    static func isLess(_ left: String, _ right: String) -> Bool {
        left.precedesInBytes(right)
    }
}

extension Money: Mergeable {
    static func isLess(_ left: Money, _ right: Money) -> Bool { left < right }
}

extension Int64: Mergeable {
    static func isLess(_ left: Int64, _ right: Int64) -> Bool { left < right }
}
