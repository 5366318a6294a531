package import Platform
internal import Synchronization

/// Until when, and how stubbornly, a call is tried again.
package enum CallLimit: Sendable {
    /// The few attempts of AWS's standard retry mode, as far as they fit in before an instant; nil: whenever they end.
    case attempts(before: UTCInstant?)
    /// Those, and then again and again, until work on an invocation has to end: that outlasts a throttled table or a hot
    /// row.
    case work(until: WorkDeadline)

    /// When the call ends, whatever became of it; nil for no such instant.
    package var instant: UTCInstant? {
        switch self {
        case .attempts(let instant): instant
        case .work(let deadline): deadline.instant
        }
    }
}

/// The attempts of one call: whether there is another one after a failure, and when.
///
/// First come the few attempts of the standard retry mode, which are for the network's sake and take tokens; then, if the
/// call belongs to an invocation's work, further rounds of them until its deadline.
package struct CallAttempts: Sendable {
    /// `DynamoDB.PutItem`.
    private let operation: String
    private let limit: CallLimit
    private let policy: RetryPolicy
    /// The call's end, by both clocks.
    let deadline: CallDeadline
    /// Attempts of this round.
    private var attempts = 0
    /// Rounds that failed.
    private var failedRounds = 0
    /// Whether an attempt that failed may have taken effect.
    private(set) var mayHaveBeenApplied = false
    /// What this round's last retry took out of the bucket.
    private var tokens: Int?
    private var isSignedAnew = false

    /// Of a call that begins now.
    package init(_ operation: String, limit: CallLimit, policy: RetryPolicy) {
        self.operation = operation
        self.limit = limit
        self.policy = policy
        self.deadline = CallDeadline(limit.instant, time: policy.time)
    }

    /// The last attempt succeeded.
    package func succeeded() {
        self.policy.quota.release(self.tokens)
    }

    /// What was asked for piece by piece is done: the tokens of the last wait come back, if there was one.
    ///
    /// The requests themselves are calls of their own, which have said that they succeeded.
    package func endedWell() {
        if let tokens { self.policy.quota.release(tokens) }
    }

    /// The last attempt failed: returns when it is time for the next one, or throws the call's error.
    package mutating func wait(after failure: AttemptFailure) async throws(AWSError) {
        self.attempts += 1
        self.mayHaveBeenApplied = self.mayHaveBeenApplied || failure.error.mayHaveBeenApplied
        let error = failure.error.havingMaybeBeenApplied(self.mayHaveBeenApplied)
        if failure.isRefusedForItsTime, !self.isSignedAnew {
            // At once and beside the other attempts: the service is well, and only the signature was not.
            self.isSignedAnew = true
            self.attempts -= 1
            return
        }
        if failure.isRetried || failure.isRefusedForItsTime, let delay = self.delay(after: failure, error),
            let tokens = self.policy.quota.acquire(afterTimeout: error.code == .requestTimedOut)
        {
            self.tokens = tokens
            try await self.sleep(delay)
            return
        }
        guard case .work(let deadline) = self.limit, error.isRetryable, error.code != .cancelled else { throw error }
        self.failedRounds += 1
        guard await deadline.wait(afterFailures: self.failedRounds, of: error) else { throw error }
        self.attempts = 0
        self.tokens = nil
        self.isSignedAnew = false
    }

    private func delay(after failure: AttemptFailure, _ error: AWSError) -> Duration? {
        self.policy.delay(
            afterAttempt: self.attempts,
            throttled: error.isThrottling,
            retryAfter: failure.retryAfter,
            remaining: self.deadline.remaining(self.policy.time)
        )
    }

    private func sleep(_ delay: Duration) async throws(AWSError) {
        do {
            try await self.policy.time.sleep(for: delay)
        } catch {
            throw AWSError(
                code: .cancelled,
                message: "the task was cancelled between two attempts",
                operation: self.operation,
                mayHaveBeenApplied: self.mayHaveBeenApplied
            )
        }
    }
}

extension WorkDeadline {
    private static let backoff = Backoff(base: .milliseconds(50), cap: .seconds(2), jitter: .full)
    /// A held item is free again after the tens of milliseconds that a transaction takes.
    ///
    /// Whoever has just committed finds the item free with the next transaction, so that those who wait long find it held
    /// again and again.
    private static let conflictBackoff = Backoff(base: .milliseconds(50), cap: .milliseconds(500), jitter: .full)

    /// Waits before work is tried again, after `failures` in a row; `error` is what the last one failed with, if it was a
    /// call.
    ///
    /// False if there is no time for it.
    package func wait(afterFailures failures: Int, of error: AWSError? = nil) async -> Bool {
        let backoff = error?.isConflict == true ? Self.conflictBackoff : Self.backoff
        return await self.wait(backoff, afterFailures: failures)
    }
}

/// The standard retry mode of AWS's SDKs: how many attempts a call has and how long it waits between them.
package struct RetryPolicy: Sendable {
    /// The first included.
    private let maxAttempts: Int
    let time: any TimeSource
    private let random: any RandomSource
    let quota = RetryQuota()

    /// Most calls succeed at the second attempt, so the first wait is short; 50 ms is what newer SDKs use.
    private static let transient = Backoff(base: .milliseconds(50), cap: .seconds(20), jitter: .full)
    /// A service that throttles needs seconds rather than milliseconds.
    private static let throttled = Backoff(base: .milliseconds(500), cap: .seconds(20), jitter: .full)

    /// A policy of at most `maxAttempts` attempts, with a quota of its own.
    package init(maxAttempts: Int, time: any TimeSource, random: any RandomSource) {
        self.maxAttempts = maxAttempts
        self.time = time
        self.random = random
    }

    /// The wait before another attempt, or nil to give up.
    ///
    /// - Parameters:
    ///   - attempt: attempts made so far, from 1.
    ///   - retryAfter: what the service asks for; never waited less, but less if it is over the cap.
    ///   - remaining: time up to the caller's deadline. A wait that would not leave any of it is not begun.
    func delay(
        afterAttempt attempt: Int,
        throttled isThrottled: Bool,
        retryAfter: Duration?,
        remaining: Duration?
    ) -> Duration? {
        guard attempt < self.maxAttempts else { return nil }
        let backoff = isThrottled ? Self.throttled : Self.transient
        guard let drawn = backoff.delay(afterFailures: attempt, random: self.random) else { return nil }
        let delay = max(drawn, min(retryAfter ?? .zero, backoff.cap))
        if let remaining, delay >= remaining { return nil }
        return delay
    }
}

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

/// One failed attempt, with what the decision about the next one needs.
package struct AttemptFailure: Error {
    let error: AWSError
    /// Whether the standard retry mode repeats it.
    let isRetried: Bool
    let retryAfter: Duration?
    /// Whether the service refused the request's time, so that one signed now may pass.
    let isRefusedForItsTime: Bool

    /// A failed attempt; `retryAfter` is how long the service asked to be left alone.
    package init(_ error: AWSError, retryAfter: Duration? = nil, isRefusedForItsTime: Bool = false) {
        self.error = error
        // Conflicts are the caller's to plan anew, and a deadline or a cancellation ends the call. DynamoDB tells of conflicts
        // by 400: what names one in an answer of 5xx tells of a failure of the service's own.
        self.isRetried =
            switch error.code {
            case .transactionConflict: error.isFailureOfTheService
            case .deadlineExceeded, .cancelled: false
            default: error.isRetryable
            }
        self.retryAfter = retryAfter
        self.isRefusedForItsTime = isRefusedForItsTime
    }

    /// A failure without an answer.
    init(_ error: HTTPTransportError, operation: String, isPastDeadline: Bool) {
        let code: AWSError.Code =
            switch error.code {
            case .hostNotFound, .connectionFailed: .connectionFailed
            case .untrustedServer: .untrustedServer
            case .connectionLost: .connectionLost
            case .timedOut: isPastDeadline ? .deadlineExceeded : .requestTimedOut
            case .responseTooLarge: .responseTooLarge
            case .malformedResponse: .malformedResponse
            case .cancelled: .cancelled
            case .misconfigured: .misconfigured
            }
        self.init(
            AWSError(
                code: code,
                message: error.message,
                operation: operation,
                mayHaveBeenApplied: error.wasSent
            )
        )
    }
}

extension HTTPHeaders {
    /// The wait that a service asks for: `x-amz-retry-after` in milliseconds, else `Retry-After` in seconds or as a date
    /// (RFC 9110, 10.2.3), which counts from the answer's own.
    var retryAfter: Duration? {
        if let milliseconds = self["x-amz-retry-after"].flatMap(UInt32.init) { return .milliseconds(milliseconds) }
        guard let text = self["Retry-After"] else { return nil }
        if let seconds = UInt32(text) { return .seconds(seconds) }
        guard let end = HTTPDate.parse(text), let date = self["Date"].flatMap(HTTPDate.parse) else { return nil }
        return max(.zero, end - date)
    }
}
