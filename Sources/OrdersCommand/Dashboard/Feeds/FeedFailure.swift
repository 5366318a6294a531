package import AWSClient
internal import AWSOperations

/// What the page says of a source that cannot be read: what is wrong and what to do.
///
/// In the same words at each poll, so without what differs from request to request, such as its id: a screen reader
/// reads a text again when it changes.
package struct FeedFailure: Sendable {
    /// Whether AWS is one on this machine.
    private let isLocal: Bool

    /// The wording for an AWS on this machine, or for any other.
    package init(isLocal: Bool) {
        self.isLocal = isLocal
    }

    /// The text for a failure.
    package func text(_ error: AWSError) -> String {
        switch error.code.rawValue {
        case _ where error.isOfCredentials: "the credentials have ended: start scripts/orders dashboard again"
        // SQS has a code of its own.
        case AWSError.Code.resourceNotFound.rawValue, "QueueDoesNotExist", "AWS.SimpleQueueService.NonExistentQueue":
            "it does not exist any more: was the stack deployed again? Start the dashboard anew"
        case AWSError.Code.connectionFailed.rawValue where self.isLocal:
            "nothing answers there: is it running? scripts/local status tells"
        case AWSError.Code.connectionFailed.rawValue:
            "nothing answers there: is the region's or the endpoint's name right, and is there a network?"
        // CloudWatch's is without the ending.
        case AWSError.Code.accessDenied.rawValue, "AccessDenied":
            "these credentials may not read it (\(error.operation): \(error.message))"
        default:
            "\(error.operation) failed: \(error.code)" + (error.message.isEmpty ? "" : ": \(error.message)")
        }
    }
}
