internal import AWSClient

extension AWSError {
    /// Whether another request held one of the items: free again soon, unless the table is throttled, too.
    var isConflict: Bool {
        if self.code == .transactionConflict { return true }
        let codes = self.cancellationReasons.map(\.code)
        return codes.contains(.transactionConflict)
            && !codes.contains { AWSError.Code(rawValue: $0.rawValue).isThrottling }
    }
}
