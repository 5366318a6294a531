internal import AWSClient

extension AWSError {
    /// Whether the service refuses what was sent, whenever it comes: a permanent failure of that one input.
    ///
    /// Anything else, a missing permission or table included, ends once somebody has repaired it, and until then the
    /// input has to come again.
    var isPermanent: Bool {
        self.code == .validation || self.code == .itemCollectionSizeLimitExceeded
    }
}

extension AWSError {
    /// Whether another request held one of the items: free again soon, unless the table is throttled, too.
    var isConflict: Bool {
        if self.code == .transactionConflict { return true }
        let codes = self.cancellationReasons.map(\.code)
        return codes.contains(.transactionConflict)
            && !codes.contains { AWSError.Code(rawValue: $0.rawValue).isThrottling }
    }
}
