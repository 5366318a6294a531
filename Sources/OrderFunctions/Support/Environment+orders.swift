package import Orders
package import Platform

extension Environment {
    /// The names that orders are stored with for the Pipes, from `NORMAL_MINIMUM_AMOUNT` and `PREMIUM_MINIMUM_AMOUNT`.
    package func amountBands() throws -> AmountBands {
        let normalMinimum = try self.threshold("NORMAL_MINIMUM_AMOUNT")
        let premiumMinimum = try self.threshold("PREMIUM_MINIMUM_AMOUNT")
        guard let bands = AmountBands(normalMinimum: normalMinimum, premiumMinimum: premiumMinimum) else {
            throw EnvironmentError.malformed("PREMIUM_MINIMUM_AMOUNT", expected: "greater than NORMAL_MINIMUM_AMOUNT")
        }
        return bands
    }

    /// The rules by which the processors choose orders, from both amounts and `TEST_EMAIL_DOMAINS`.
    package func orderRules() throws -> OrderRules {
        OrderRules(
            bands: try self.amountBands(),
            testDomains: try self.require("TEST_EMAIL_DOMAINS", "a list of domains separated by commas") {
                TestDomains($0)
            }
        )
    }

    /// What orders may look like, from `ZONELESS_TIMESTAMPS` (`utc`), `EARLIEST_ORDER_DATE` (2000-01-01) and
    /// `MAXIMUM_CLOCK_AHEAD_HOURS` (24).
    package func inputRules() throws -> InputRules {
        let standard = InputRules()
        return InputRules(
            zonelessTimestamps: try self.optional("ZONELESS_TIMESTAMPS", "utc or refuse") {
                InputRules.ZonelessTimestamps(rawValue: $0)
            } ?? standard.zonelessTimestamps,
            earliest: try self.optional("EARLIEST_ORDER_DATE", "a date like 2000-01-01") {
                Timestamp($0 + "T00:00:00Z")
            } ?? standard.earliest,
            maximumHoursAhead: try self.optional("MAXIMUM_CLOCK_AHEAD_HOURS", "a number of hours from 1 to 8760") {
                Int($0).flatMap { (1...8_760).contains($0) ? $0 : nil }
            } ?? standard.maximumHoursAhead
        )
    }

    private func threshold(_ name: String) throws -> AmountThreshold {
        try self.require(name, "a decimal of at most 18 integer and 9 fraction digits") { AmountThreshold($0) }
    }
}
