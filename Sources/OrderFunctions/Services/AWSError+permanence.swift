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
