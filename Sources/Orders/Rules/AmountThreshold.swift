/// An amount that an order must be strictly greater than.
package struct AmountThreshold: Sendable, Equatable {
    package let amount: Money
    /// As configured: the template builds the names of amount bands from this very text.
    package let text: String

    /// Nil unless the text is a decimal as an order's amount is.
    package init?(_ text: String) {
        guard let amount = Money(text) else { return nil }
        self.amount = amount
        self.text = text
    }
}
