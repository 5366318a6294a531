extension OrderRules {
    /// INSERT or MODIFY, pending or shipped, above the normal threshold, no test address.
    ///
    /// `order` is what the new image holds, if there is one. Throws only what is wrong with it.
    package func normalDecision(
        change: ChangeKind,
        order: Result<RoutingAttributes, OrderError>?
    ) throws(OrderError) -> OrderDecision<RoutingAttributes> {
        guard change == .insert || change == .modify else { return .skip(.eventName) }
        guard let order = try order?.get() else { return .skip(.noNewImage) }
        guard let status = order.status else { return .skip(.noStatus) }
        guard status.kind == .pending || status.kind == .shipped else { return .skip(.status) }
        return self.reasonToSkip(order, above: self.bands.normalMinimum).map { .skip($0) } ?? .process(order)
    }

    /// MODIFY from pending to shipped, above the premium threshold, no test address.
    ///
    /// `order` is what the new image holds, if there is one. Throws what is wrong with it, or that the old image is no JSON.
    package func premiumDecision(
        change: ChangeKind,
        oldImage: ArraySlice<UInt8>?,
        order: Result<OrderImage, OrderError>?
    ) throws(OrderError) -> OrderDecision<OrderImage> {
        guard change == .modify else { return .skip(.eventName) }
        guard let order = try order?.get() else { return .skip(.noNewImage) }
        guard let status = order.routing.status else { return .skip(.noStatus) }
        guard status.kind == .shipped else { return .skip(.status) }
        guard let oldImage, try OrderImage.status(in: oldImage)?.kind == .pending else {
            return .skip(.noTransition)
        }
        return self.reasonToSkip(order.routing, above: self.bands.premiumMinimum).map { .skip($0) } ?? .process(order)
    }

    private func reasonToSkip(_ order: RoutingAttributes, above minimum: AmountThreshold) -> SkipReason? {
        guard let amount = order.amount else { return .noAmount }
        guard amount > minimum.amount else { return .amount }
        return order.customerEmail.map { self.testDomains.contains(address: $0) } == true ? .testAddress : nil
    }
}
