extension OrderRules {
    /// INSERT or MODIFY, pending or shipped, above the normal threshold, no test address.
    ///
    /// Throws only for poison: an image without an order id or with an unreadable amount.
    package func normalDecision(
        eventName: String,
        newImage: ArraySlice<UInt8>?
    ) throws(OrderError) -> OrderDecision<RoutedOrder> {
        guard eventName == "INSERT" || eventName == "MODIFY" else { return .skip(.eventName) }
        guard let newImage else { return .skip(.noNewImage) }
        let order = try RoutedOrder(image: newImage)
        guard let status = order.status else { return .skip(.noStatus) }
        guard status == "pending" || status == "shipped" else { return .skip(.status) }
        let minimum = self.bands.normalMinimum
        return self.reasonToSkip(order.amount, order.customerEmail, above: minimum).map { .skip($0) } ?? .process(order)
    }

    /// MODIFY from pending to shipped, above the premium threshold, no test address.
    ///
    /// Throws only for poison: a new image without an order id or with an unreadable amount.
    package func premiumDecision(
        eventName: String,
        oldImage: ArraySlice<UInt8>?,
        newImage: ArraySlice<UInt8>?
    ) throws(OrderError) -> OrderDecision<Order> {
        guard eventName == "MODIFY" else { return .skip(.eventName) }
        guard let newImage else { return .skip(.noNewImage) }
        let order = try Order(image: newImage)
        guard let status = order.status else { return .skip(.noStatus) }
        guard status == "shipped" else { return .skip(.status) }
        guard let oldImage, try Order.status(ofImage: oldImage) == "pending" else { return .skip(.noTransition) }
        let minimum = self.bands.premiumMinimum
        return self.reasonToSkip(order.amount, order.customerEmail, above: minimum).map { .skip($0) } ?? .process(order)
    }

    private func reasonToSkip(_ amount: Money?, _ address: String?, above minimum: AmountThreshold) -> SkipReason? {
        guard let amount else { return .noAmount }
        guard amount > minimum.amount else { return .amount }
        return address.map { self.testDomains.contains(address: $0) } == true ? .testAddress : nil
    }
}
