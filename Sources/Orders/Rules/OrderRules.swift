/// The configured rules by which the processors choose orders.
package struct OrderRules: Sendable, Equatable {
    /// The amounts that orders have to be greater than.
    package let bands: AmountBands
    /// The domains of addresses whose orders are tests.
    package let testDomains: TestDomains

    /// Rules by amounts and domains.
    package init(bands: AmountBands, testDomains: TestDomains) {
        self.bands = bands
        self.testDomains = testDomains
    }
}

/// What happened to an item of the Orders table, as its stream tells it.
package enum ChangeKind: Sendable {
    /// An item that was not there before.
    case insert
    /// An item that was there before.
    case modify
    /// An item that is not there any more.
    case remove
}

/// What a processor does with one change of an order; `Subject` is as much of the order as its processing needs.
package enum OrderDecision<Subject: Sendable & Equatable>: Sendable, Equatable {
    /// Process the order as the new image has it.
    case process(Subject)
    /// Nothing to do, for a reason that the log counts.
    case skip(SkipReason)
}

/// Why a processor has nothing to do with a change.
package enum SkipReason: String, Sendable, CaseIterable {
    /// A removal, or an insertion where only modifications count.
    case eventName
    /// No new image of the item, which the stream carries for all but removals.
    case noNewImage
    /// No status.
    case noStatus
    /// A status that this processor does not handle.
    case status
    /// The order was shipped before, or was never pending.
    case noTransition
    /// No amount.
    case noAmount
    /// An amount that is not above the threshold.
    case amount
    /// The address of a test.
    case testAddress
}
