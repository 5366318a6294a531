/// How long to wait before something that failed is tried again: the longest wait doubles with each failure in a row up to
/// a cap, and the wait is drawn at random, so that many who failed together do not come back together
/// ("Exponential Backoff And Jitter", AWS Architecture Blog).
package struct Backoff: Sendable, Equatable {
    /// From where a wait is drawn.
    package enum Jitter: Sendable {
        /// From nothing to the longest wait: for callers who collide with one another, which this spreads best.
        case full
        /// From half of the longest wait to all of it: for what needs time to come back, and must not be asked at once.
        case half
    }

    /// The longest wait after the first failure.
    package let base: Duration
    /// What no wait exceeds.
    package let cap: Duration
    /// From which part of the longest wait a wait is drawn.
    package let jitter: Jitter
    /// How many failures in a row end the tries; nil: whoever waits knows another end.
    package let limit: Int?

    /// Waits that double from `base` up to `cap`.
    package init(base: Duration, cap: Duration, jitter: Jitter, limit: Int? = nil) {
        self.base = base
        self.cap = cap
        self.jitter = jitter
        self.limit = limit
    }

    /// The wait after `failures` failures in a row, counted from 1; nil: give up.
    package func delay(afterFailures failures: Int, random: any RandomSource) -> Duration? {
        if let limit, failures >= limit { return nil }
        let fraction = random.nextFraction()
        let share = self.jitter == .full ? fraction : 0.5 + fraction / 2
        return self.longestDelay(afterFailures: failures) * share
    }

    /// The same without chance: base, twice the base, four times, up to the cap.
    package func longestDelay(afterFailures failures: Int) -> Duration {
        min(self.cap, self.base * (1 << min(max(failures, 1) - 1, 30)))
    }
}
