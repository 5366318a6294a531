internal import JSONText

extension OrderRules {
    /// INSERT or MODIFY, pending or shipped, above the normal threshold, no test address.
    ///
    /// `order` is what the new image holds, if there is one. Throws only what is wrong with it.
    package func normalDecision(
        eventName: String,
        order: Result<RoutedOrder, OrderError>?
    ) throws(OrderError) -> OrderDecision<RoutedOrder> {
        guard eventName == "INSERT" || eventName == "MODIFY" else { return .skip(.eventName) }
        guard let order = try order?.get() else { return .skip(.noNewImage) }
        guard let status = order.status else { return .skip(.noStatus) }
        guard status.isStatus("pending") || status.isStatus("shipped") else { return .skip(.status) }
        let minimum = self.bands.normalMinimum
        return self.reasonToSkip(order.amount, order.customerEmail, above: minimum).map { .skip($0) } ?? .process(order)
    }

    /// MODIFY from pending to shipped, above the premium threshold, no test address.
    ///
    /// `order` is what the new image holds, if there is one. Throws what is wrong with it, or that the old image is no JSON.
    package func premiumDecision(
        eventName: String,
        oldImage: ArraySlice<UInt8>?,
        order: Result<Order, OrderError>?
    ) throws(OrderError) -> OrderDecision<Order> {
        guard eventName == "MODIFY" else { return .skip(.eventName) }
        guard let order = try order?.get() else { return .skip(.noNewImage) }
        guard let status = order.status else { return .skip(.noStatus) }
        guard status.isStatus("shipped") else { return .skip(.status) }
        guard let oldImage, try Order.status(ofImage: oldImage)?.isStatus("pending") == true else {
            return .skip(.noTransition)
        }
        let minimum = self.bands.premiumMinimum
        return self.reasonToSkip(order.amount, order.customerEmail, above: minimum).map { .skip($0) } ?? .process(order)
    }

    private func reasonToSkip(_ amount: Money?, _ address: String?, above minimum: AmountThreshold) -> SkipReason? {
        guard let amount else { return .noAmount }
        guard amount > minimum.amount else { return .amount }
        return address.map { self.testDomains.contains(address: $0) } == true ? .testAddress : nil
    }
}

extension String {
    /// Whether a status is this one, in capitals or not; `name` is in small letters.
    fileprivate func isStatus(_ name: StaticString) -> Bool {
        self.withUTF8Bytes { bytes in
            bytes.count == name.utf8CodeUnitCount
                && bytes.indices.allSatisfy { bytes[$0].asciiLowercased == name.utf8Start[$0] }
        }
    }
}
