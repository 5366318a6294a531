package import Platform

/// How long to wait before an attempt: full jitter, so that callers who collided once do not collide again
/// ("Exponential Backoff And Jitter", AWS Architecture Blog).
package struct FullJitterBackoff: Sendable {
    package var base: Duration
    package var cap: Duration

    /// The waits' means are `base / 2`, `base`, `2 * base`, … up to `cap / 2`.
    package init(base: Duration, cap: Duration) {
        self.base = base
        self.cap = cap
    }

    /// A wait drawn from 0 to base · 2^(attempt - 1), at most `cap`; `attempt` counts those made, from 1.
    package func delay(afterAttempt attempt: Int, random: any RandomSource) -> Duration {
        let scale = Double(UInt64(1) << UInt64(min(max(attempt, 1) - 1, 40)))
        return min(self.cap, self.base * scale) * random.nextFraction()
    }
}

/// Decides about the next attempt of a call: the standard retry mode of AWS's SDKs.
///
/// No I/O, no clock of its own.
struct RetryPolicy: Sendable {
    var maxAttempts: Int
    /// Most calls succeed at the second attempt, so the first wait is short; 50 ms is what newer SDKs use.
    var transient = FullJitterBackoff(base: .milliseconds(50), cap: .seconds(20))
    /// A service that throttles needs seconds rather than milliseconds.
    var throttled = FullJitterBackoff(base: .milliseconds(500), cap: .seconds(20))

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
        remaining: Duration?,
        random: any RandomSource
    ) -> Duration? {
        guard attempt < self.maxAttempts else { return nil }
        let backoff = isThrottled ? self.throttled : self.transient
        let drawn = backoff.delay(afterAttempt: attempt, random: random)
        let delay = max(drawn, min(retryAfter ?? .zero, backoff.cap))
        if let remaining, delay >= remaining { return nil }
        return delay
    }
}
