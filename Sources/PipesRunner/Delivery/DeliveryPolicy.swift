/// What happens to the records of a batch that fails.
package struct DeliveryPolicy: Sendable, Equatable {
    /// What a partial failure means.
    package enum PartialFailure: Sendable, Equatable {
        /// Pipes: the records named are sent again, and only those.
        case retryFailed
        /// Event source mappings: the lowest sequence number named is the checkpoint; it and all behind it come again.
        case resumeAtLowest
    }

    package let partialFailure: PartialFailure
    /// Invocations after the first; nil: until the record is too old.
    package let maximumRetries: Int?
    /// Older records are not sent; nil: any age.
    package let maximumAge: Duration?
    /// `AUTOMATIC_BISECT`, `BisectBatchOnFunctionError`: a failed batch is halved down to one record.
    ///
    /// Splitting costs no attempt.
    package let bisects: Bool
    /// Wait before the first retry; it doubles up to `maximumBackoff`.
    package let backoff: Duration
    package let maximumBackoff: Duration

    package init(
        partialFailure: PartialFailure,
        maximumRetries: Int?,
        maximumAge: Duration? = nil,
        bisects: Bool = false,
        backoff: Duration = .milliseconds(100),
        maximumBackoff: Duration = .seconds(2)
    ) {
        self.partialFailure = partialFailure
        self.maximumRetries = maximumRetries
        self.maximumAge = maximumAge
        self.bisects = bisects
        self.backoff = backoff
        self.maximumBackoff = maximumBackoff
    }

    /// Before the retry behind that many failures in a row.
    package func wait(afterFailures count: Int) -> Duration {
        min(self.maximumBackoff, self.backoff * (1 << min(max(0, count - 1), 20)))
    }
}
