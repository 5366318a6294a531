internal import JSONText

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
    /// What the producer calls the newest message that had such an id.
    package internal(set) var correlationID: Versioned<String>?
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
        changes = Self.merge(update.correlationID, at: instant, into: &merged.correlationID) || changes
        return changes ? merged : nil
    }

    private mutating func widenTimes(to instant: Timestamp) -> Bool {
        let isEarliest = self.createdAt.map { instant < $0 } ?? true
        let isLatest = self.updatedAt.map { $0 < instant } ?? true
        if isEarliest { self.createdAt = instant }
        if isLatest { self.updatedAt = instant }
        return isEarliest || isLatest
    }

    private static func merge<Value: StoredValue>(
        _ value: Value?,
        at instant: Timestamp,
        into current: inout Versioned<Value>?
    ) -> Bool {
        guard let value, current?.yields(to: value, at: instant) ?? true else { return false }
        current = Versioned(value, at: instant)
        return true
    }
}

/// An attribute with the instant of the message that it came from.
package struct Versioned<Value: Sendable & Equatable>: Sendable, Equatable {
    /// What the message said.
    package var value: Value
    /// When the message's statement became true; nil for a value that others wrote without saying when, which is older than
    /// any message.
    package var instant: Timestamp?

    /// A value of a message of that instant.
    package init(_ value: Value, at instant: Timestamp?) {
        self.value = value
        self.instant = instant
    }
}

extension Versioned where Value: StoredValue {
    /// Whether a message's value takes this one's place.
    func yields(to value: Value, at instant: Timestamp) -> Bool {
        guard let own = self.instant else { return true }
        return own == instant ? Value.isLess(self.value, value) : own < instant
    }
}

/// A value that an attribute can have.
protocol StoredValue: Sendable, Equatable {
    /// Of two values of the same instant the greater wins: numbers by value, text byte by byte.
    static func isLess(_ left: Self, _ right: Self) -> Bool

    /// How the item has the value.
    var itemValue: ItemValue { get }

    /// The value that an item has; nil where the attribute is of another type or holds something else.
    init?(itemValue: ItemValue)
}

extension String: StoredValue {
    static func isLess(_ left: String, _ right: String) -> Bool { left.precedesInBytes(right) }

    var itemValue: ItemValue { .string(self) }

    init?(itemValue: ItemValue) {
        guard let text = itemValue.text else { return nil }
        self = text
    }
}

extension Money: StoredValue {
    static func isLess(_ left: Money, _ right: Money) -> Bool { left < right }

    var itemValue: ItemValue { .number(self.text) }

    init?(itemValue: ItemValue) {
        guard let digits = itemValue.digits else { return nil }
        self.init(digits)
    }
}

extension Int64: StoredValue {
    static func isLess(_ left: Int64, _ right: Int64) -> Bool { left < right }

    var itemValue: ItemValue { .number(String(self)) }

    init?(itemValue: ItemValue) {
        guard let digits = itemValue.digits else { return nil }
        self.init(digits)
    }
}
