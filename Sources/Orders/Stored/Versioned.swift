/// A value that can be stored per attribute: one that two messages of one instant can be told apart by.
protocol Mergeable {
    /// Of two values of the same instant the greater wins: numbers by value, text byte by byte.
    static func isLess(_ left: Self, _ right: Self) -> Bool
}

/// An attribute with the instant of the message it came from.
package struct Versioned<Value: Sendable & Equatable>: Sendable, Equatable {
    package var value: Value
    /// Nil for a value that others wrote without saying when: older than any message.
    package var instant: Timestamp?

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
