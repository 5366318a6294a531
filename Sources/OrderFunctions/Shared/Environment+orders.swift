internal import Orders
internal import Platform

extension Environment {
    /// The rules by which orders are routed, from `NORMAL_MINIMUM_AMOUNT`, `PREMIUM_MINIMUM_AMOUNT` and
    /// `TEST_EMAIL_DOMAINS`.
    func orderRules() throws -> OrderRules {
        OrderRules(
            normalMinimum: try self.threshold("NORMAL_MINIMUM_AMOUNT"),
            premiumMinimum: try self.threshold("PREMIUM_MINIMUM_AMOUNT"),
            testDomains: try self.require("TEST_EMAIL_DOMAINS", "a list of domains separated by commas") {
                TestDomains($0)
            }
        )
    }

    private func threshold(_ name: String) throws -> AmountThreshold {
        try self.require(name, "a decimal of at most 18 integer and 9 fraction digits") { AmountThreshold($0) }
    }
}
