/// The two amounts that orders are routed by, and the names of the bands between them.
package struct AmountBands: Sendable, Equatable {
    /// What a normal order's amount is greater than.
    package let normalMinimum: AmountThreshold
    /// What a premium order's amount is greater than.
    package let premiumMinimum: AmountThreshold

    /// Nil unless the premium minimum is greater: otherwise the normal band would be empty.
    package init?(normalMinimum: AmountThreshold, premiumMinimum: AmountThreshold) {
        guard premiumMinimum.amount > normalMinimum.amount else { return nil }
        self.normalMinimum = normalMinimum
        self.premiumMinimum = premiumMinimum
    }

    /// The stored `amountBand`: `LE<normal>`, `normal-LE<premium>` or `premium-GT<premium>`.
    ///
    /// A Pipe cannot compare numbers, but it can compare names. The bound that a name carries holds whatever the thresholds are
    /// when the name is read: a Pipe may leave out `LE<n>` and `normal-LE<n>` where it wants amounts above n, and must let
    /// every name through that it does not know. The word in front keeps a premium band of one configuration from ever being
    /// taken for a normal band of another.
    package func name(of amount: Money) -> String {
        if amount > self.premiumMinimum.amount { return "premium-GT" + self.premiumMinimum.text }
        if amount > self.normalMinimum.amount { return "normal-LE" + self.premiumMinimum.text }
        return "LE" + self.normalMinimum.text
    }
}

/// An amount that an order must be strictly greater than.
package struct AmountThreshold: Sendable, Equatable {
    /// The amount.
    package let amount: Money
    /// The text as it was configured: the template builds the names of amount bands from this very text.
    package let text: String

    /// Nil unless the text is a decimal as an order's amount is.
    package init?(_ text: String) {
        guard let amount = Money(text) else { return nil }
        self.amount = amount
        self.text = text
    }
}
