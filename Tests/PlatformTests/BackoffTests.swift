import Platform
import TestSupport
import Testing

@Suite struct BackoffTests {
    @Test(arguments: [(1, 20), (2, 40), (3, 80), (4, 100), (5, 100), (0, 20), (1_000, 100)])
    func `the longest wait doubles up to the cap`(failures: Int, longest: Int) {
        let backoff = Backoff(base: .milliseconds(20), cap: .milliseconds(100), jitter: .full)
        #expect(backoff.longestDelay(afterFailures: failures) == .milliseconds(longest))
    }

    @Test(arguments: [(Backoff.Jitter.full, 0), (.half, 40)])
    func `waits are spread over what the jitter says`(jitter: Backoff.Jitter, shortest: Int) {
        let random = SeededRandom(seed: 11)
        let backoff = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: jitter)
        let waits = (0..<1_000).compactMap { _ in backoff.delay(afterFailures: 3, random: random) }
        #expect(waits.count == 1_000)
        #expect(Set(waits).count > 500)
        #expect(waits.allSatisfy { $0 >= .milliseconds(shortest) && $0 <= .milliseconds(80) })
        let tenth = (80 - shortest) / 10
        #expect(waits.contains { $0 < .milliseconds(shortest + tenth) })
        #expect(waits.contains { $0 > .milliseconds(80 - tenth) })
    }

    @Test func `the limit counts the failures that end the tries`() {
        let random = SeededRandom(seed: 1)
        let backoff = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .half, limit: 3)
        #expect(backoff.delay(afterFailures: 2, random: random) != nil)
        #expect(backoff.delay(afterFailures: 3, random: random) == nil)
        let endless = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .half)
        #expect(endless.delay(afterFailures: 1_000, random: random) != nil)
    }
}
