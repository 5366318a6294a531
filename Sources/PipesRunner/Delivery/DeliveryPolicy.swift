package import Platform

/// What happens to the records of a batch that fails.
package struct DeliveryPolicy: Sendable, Equatable {
    /// What a partial failure means.
    package enum PartialFailure: Sendable, Equatable {
        /// Pipes: the records named are sent again, and only those.
        case retryFailed
        /// Event source mappings: the lowest sequence number named is the checkpoint; it and all behind it come again.
        case resumeAtLowest
    }

    /// What an answer that names failed records means.
    package let partialFailure: PartialFailure
    /// Invocations after the first; nil: until the record is too old.
    package let maximumRetries: Int?
    /// Older records are not sent; nil: any age.
    package let maximumAge: Duration?
    /// `AUTOMATIC_BISECT`, `BisectBatchOnFunctionError`: a failed batch is halved down to one record.
    ///
    /// Splitting costs no attempt.
    package let bisects: Bool
    /// The waits before retries, of which each is the longest: one reader has nobody to collide with.
    package let backoff: Backoff

    /// A policy; by default without an age limit and without bisection.
    package init(
        partialFailure: PartialFailure,
        maximumRetries: Int?,
        maximumAge: Duration? = nil,
        bisects: Bool = false,
        backoff: Backoff = Backoff(base: .milliseconds(100), cap: .seconds(2), jitter: .full)
    ) {
        self.partialFailure = partialFailure
        self.maximumRetries = maximumRetries
        self.maximumAge = maximumAge
        self.bisects = bisects
        self.backoff = backoff
    }

    /// Before the retry behind that many failures in a row.
    package func wait(afterFailures count: Int) -> Duration {
        self.backoff.longestDelay(afterFailures: count)
    }
}
