package import AWSClient

/// What follows from DynamoDB's refusal of a chunk's transaction.
package enum TransactionVerdict: Sendable, Equatable {
    /// The same request again, with the same token, after a wait: it may even have happened.
    case retry
    /// The events at these places of the chunk are counted already; the rest again, after a wait if `waits`.
    case drop([Int], waits: Bool)
    /// The shard's checkpoint is no longer as it was read: read and plan again.
    case checkpointMoved
    /// A day's total is of a format that only a later version knows.
    case foreignFormat
    /// Something in the chunk can never be written: in halves, until one event is left, which is then permanent.
    case split
    /// Nothing that this invocation could do would help.
    case stop

    /// `chunk` is what was sent, its actions in the order of `AnalyticsTable.actions`, the checkpoint's last.
    package init(_ error: AWSError, of chunk: TransactionChunk) {
        switch error.code {
        case .transactionCanceled: self.init(error.cancellationReasons, of: chunk)
        case .validation: self = .split
        case .deadlineExceeded, .cancelled: self = .stop
        default: self = error.isRetryable ? .retry : .stop
        }
    }

    private init(_ reasons: [CancellationReason], of chunk: TransactionChunk) {
        let marked = chunk.markedEvents
        let codes = reasons.map(\.code)
        if codes.dropFirst(chunk.actionCount).contains(.conditionalCheckFailed) {
            self = .checkpointMoved
            return
        }
        let counted = zip(marked, codes).filter { $0.1 == .conditionalCheckFailed }.map(\.0)
        let rows = codes.dropFirst(marked.count).prefix(chunk.rows.count)
        let causes = codes.filter { $0 != .none }
        if !counted.isEmpty {
            self = .drop(counted, waits: causes.contains(where: \.isTransient))
        } else if rows.contains(.conditionalCheckFailed) {
            self = .foreignFormat
        } else if causes.contains(.validationError) {
            self = .split
        } else {
            // A cancellation without a cause is a damaged answer; whatever happened, the token knows.
            self = causes.allSatisfy(\.isTransient) ? .retry : .stop
        }
    }
}
