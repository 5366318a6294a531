/// The names of a stored order's attributes.
///
/// Those that messages carry have a version each.
package enum OrderAttribute: String, CaseIterable, Sendable {
    case orderId, status, amount, currency, userId, customerEmail, itemName, quantity
    case timestamp, createdAt, updatedAt, versions
    /// The item's format: a number.
    case format
    /// Derived from the amount and the thresholds.
    case amountBand
    /// Derived from the customer's address.
    case emailDomain
}
