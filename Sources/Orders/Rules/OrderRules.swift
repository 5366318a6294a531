/// The configured rules by which orders are routed: two thresholds and the test domains.
package struct OrderRules: Sendable, Equatable {
    package let normalMinimum: AmountThreshold
    package let premiumMinimum: AmountThreshold
    package let testDomains: TestDomains

    package init(normalMinimum: AmountThreshold, premiumMinimum: AmountThreshold, testDomains: TestDomains) {
        self.normalMinimum = normalMinimum
        self.premiumMinimum = premiumMinimum
        self.testDomains = testDomains
    }

    /// The stored `amountBand`: `GT<premium>`, `GT<normal>` or `LE<normal>`.
    ///
    /// A Pipe cannot compare numbers, but names.
    package func amountBand(of amount: Money) -> String {
        if amount > self.premiumMinimum.amount { return "GT" + self.premiumMinimum.text }
        return (amount > self.normalMinimum.amount ? "GT" : "LE") + self.normalMinimum.text
    }

    /// The stored `emailDomain`, for Pipes, which cannot look into an address; nil where the address has none.
    package func emailDomain(of address: String) -> String? {
        EmailAddress.domain(of: address)
    }
}
