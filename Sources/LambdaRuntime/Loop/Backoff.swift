package import Platform

/// How long to wait before trying again: doubling, bounded, and random between half of that and all of it, so that many
/// processes do not come back at once.
package struct Backoff: Sendable, Equatable {
    /// The longest first wait.
    package let base: Duration
    /// What no wait exceeds.
    package let cap: Duration
    /// How many tries are made in a row before giving up.
    package let limit: Int

    package init(base: Duration = .milliseconds(20), cap: Duration = .seconds(1), limit: Int = 8) {
        self.base = base
        self.cap = cap
        self.limit = limit
    }

    /// The wait after `failures` failures in a row, at least one; nil: give up.
    package func delay(afterFailures failures: Int, random: some RandomSource) -> Duration? {
        guard failures < self.limit else { return nil }
        let longest = min(self.cap, self.base * (1 << min(max(failures, 1) - 1, 30)))
        return longest * (0.5 + random.nextFraction() / 2)
    }
}
