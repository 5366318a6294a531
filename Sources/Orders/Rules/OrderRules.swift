/// The configured rules by which the processors choose orders.
package struct OrderRules: Sendable, Equatable {
    package let bands: AmountBands
    package let testDomains: TestDomains

    package init(bands: AmountBands, testDomains: TestDomains) {
        self.bands = bands
        self.testDomains = testDomains
    }
}
