internal import Synchronization

/// The token bucket of the standard retry mode: while a service is down for everybody, calls fail at once instead of
/// multiplying its load.
///
/// One per session, full at start.
final class RetryQuota: Sendable {
    /// Tokens of a full bucket, of a retry, of one after a time-out, and what a first success gives back.
    private enum Cost {
        static let capacity = 500
        static let retry = 5
        static let timeout = 10
        static let success = 1
    }

    private let tokens = Mutex(Cost.capacity)

    /// Takes a retry's tokens; gives how many, or nil if there are too few.
    func acquire(afterTimeout: Bool) -> Int? {
        let cost = afterTimeout ? Cost.timeout : Cost.retry
        return self.tokens.withLock { tokens in
            guard tokens >= cost else { return nil }
            tokens -= cost
            return cost
        }
    }

    /// A call succeeded: its last retry's tokens come back, or one if it had none.
    func release(_ acquired: Int?) {
        self.tokens.withLock { $0 = min(Cost.capacity, $0 + (acquired ?? Cost.success)) }
    }
}
