extension OrderRules {
    /// INSERT or MODIFY, pending or shipped, above the normal threshold, no test address.
    ///
    /// The order to process says only what it was decided by, which is all that a normal order's processing needs.
    /// Throws only for poison: an image without an order id or with an unreadable amount.
    package func normalDecision(
        eventName: String,
        newImage: ArraySlice<UInt8>?
    ) throws(OrderError) -> OrderDecision {
        guard eventName == "INSERT" || eventName == "MODIFY" else { return .skip(.eventName) }
        guard let newImage else { return .skip(.noNewImage) }
        let order = try Order(routingImage: newImage)
        guard let status = order.status else { return .skip(.noStatus) }
        guard status == "pending" || status == "shipped" else { return .skip(.status) }
        return self.decision(on: order, above: self.bands.normalMinimum)
    }

    /// MODIFY from pending to shipped, above the premium threshold, no test address.
    ///
    /// Throws only for poison: a new image without an order id or with an unreadable amount.
    package func premiumDecision(
        eventName: String,
        oldImage: ArraySlice<UInt8>?,
        newImage: ArraySlice<UInt8>?
    ) throws(OrderError) -> OrderDecision {
        guard eventName == "MODIFY" else { return .skip(.eventName) }
        guard let newImage else { return .skip(.noNewImage) }
        let order = try Order(image: newImage)
        guard let status = order.status else { return .skip(.noStatus) }
        guard status == "shipped" else { return .skip(.status) }
        guard let oldImage, try Order.status(ofImage: oldImage) == "pending" else { return .skip(.noTransition) }
        return self.decision(on: order, above: self.bands.premiumMinimum)
    }

    private func decision(on order: Order, above minimum: AmountThreshold) -> OrderDecision {
        guard let amount = order.amount else { return .skip(.noAmount) }
        guard amount > minimum.amount else { return .skip(.amount) }
        if let address = order.customerEmail, self.testDomains.contains(address: address) {
            return .skip(.testAddress)
        }
        return .process(order)
    }
}
