/// The two amounts that orders are routed by, and the names of the bands between them.
package struct AmountBands: Sendable, Equatable {
    package let normalMinimum: AmountThreshold
    package let premiumMinimum: AmountThreshold

    /// Nil unless the premium minimum is greater: otherwise a band would be empty, or two would share a name.
    package init?(normalMinimum: AmountThreshold, premiumMinimum: AmountThreshold) {
        guard premiumMinimum.amount > normalMinimum.amount else { return nil }
        self.normalMinimum = normalMinimum
        self.premiumMinimum = premiumMinimum
    }

    /// The stored `amountBand`: `GT<premium>`, `GT<normal>` or `LE<normal>`.
    ///
    /// A Pipe cannot compare numbers, but names.
    package func name(of amount: Money) -> String {
        if amount > self.premiumMinimum.amount { return "GT" + self.premiumMinimum.text }
        return (amount > self.normalMinimum.amount ? "GT" : "LE") + self.normalMinimum.text
    }
}
