/// What a decoder took for granted to be able to read an order: the log line that ends a batch counts the orders with
/// each, so that a producer whose words are guessed at is found out.
package struct Assumptions: OptionSet, Hashable, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
        self.rawValue = rawValue
    }

    /// An instant was written without its zone, and taken for UTC.
    package static let zonelessTimestamp = Assumptions(rawValue: 1)
    /// An amount was written with the digits that binary floating point adds, and taken without them.
    package static let roundedAmount = Assumptions(rawValue: 2)
}

/// What was read of an order, with what was taken for granted.
package protocol Assuming: Sendable {
    /// Empty for nearly all orders.
    var assumptions: Assumptions { get }
}
