package import AWSClient
package import Platform

/// Repeats a call that failed for a passing reason until it succeeds or the work deadline comes.
///
/// The AWS session's own attempts are few and for the network's sake; this outlasts a throttled table or a hot row.
package struct TransientRetry: Sendable {
    private static let backoff = FullJitterBackoff(base: .milliseconds(50), cap: .seconds(2))
    /// A held item is free again after the tens of milliseconds that a transaction takes.
    ///
    /// Whoever has just committed finds it free with the next one, so that those who wait long find it held again and
    /// again. docs/lanes.md has what both caps cost.
    private static let conflictBackoff = FullJitterBackoff(base: .milliseconds(50), cap: .milliseconds(500))
    /// Without a deadline nothing else would end the attempts.
    private static let attemptsWithoutDeadline = 10

    private let time: any TimeSource
    private let random: any RandomSource

    package init(time: any TimeSource, random: any RandomSource = SystemRandom()) {
        self.time = time
        self.random = random
    }

    /// The call's result, or its last error: a permanent one at once, a passing one when there is no time left.
    package func run<Value: Sendable>(
        until deadline: WorkDeadline,
        _ call: () async throws(AWSError) -> Value
    ) async throws(AWSError) -> Value {
        var attempt = 0
        while true {
            do {
                return try await call()
            } catch {
                attempt += 1
                guard error.isRetryable, error.code != .cancelled,
                    await self.wait(attempt, after: error, until: deadline)
                else {
                    throw error
                }
            }
        }
    }

    /// Whether nothing more may be begun.
    func hasPassed(_ deadline: WorkDeadline) -> Bool {
        deadline.hasPassed(at: self.time.now)
    }

    /// Waits before attempt `attempt + 1`; false if the deadline comes first.
    ///
    /// `error` is what the last attempt failed with, if it was a request.
    package func wait(_ attempt: Int, after error: AWSError? = nil, until deadline: WorkDeadline) async -> Bool {
        if deadline.instant == nil, attempt >= Self.attemptsWithoutDeadline { return false }
        let backoff = error?.isConflict == true ? Self.conflictBackoff : Self.backoff
        let delay = backoff.delay(afterAttempt: attempt, random: self.random)
        guard !deadline.hasPassed(at: self.time.now + delay) else { return false }
        do {
            try await self.time.sleep(for: delay)
            return true
        } catch {
            return false  // cancelled: whoever cancelled wants no further attempt
        }
    }
}
