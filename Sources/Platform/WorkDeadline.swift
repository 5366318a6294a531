/// When a function stops working on an invocation, so that its answer still gets out before Lambda ends the process.
///
/// What is unfinished by then is reported as failed; what is finished stays finished.
package struct WorkDeadline: Sendable {
    /// The end of work and of every request's timeout; nil where the invocation has no deadline.
    package let instant: UTCInstant?
    private let time: any TimeSource
    private let random: any RandomSource

    /// Without a deadline nothing else would end the tries.
    private static let failuresWithoutDeadline = 10

    /// Of an invocation that begins now: work ends before Lambda's `deadline` by a margin, which is a tenth of the time
    /// left, within 250 ms and 2 s.
    package init(deadline: UTCInstant?, time: any TimeSource, random: any RandomSource) {
        self.instant = deadline.map { deadline in
            let tenth = (deadline - time.now) / 10
            return deadline + (.zero - min(max(tenth, .milliseconds(250)), .seconds(2)))
        }
        self.time = time
        self.random = random
    }

    /// Whether it is too late to begin anything.
    package var hasPassed: Bool { self.hasPassed(at: self.time.now) }

    /// Throws where it is too late to begin anything.
    package func check() throws(OutOfTime) {
        if self.hasPassed { throw OutOfTime() }
    }

    /// Waits before the next try, after `failures` in a row; false if the wait would not end before the deadline, or the
    /// task was cancelled: whoever cancelled it wants no further try.
    package func wait(_ backoff: Backoff, afterFailures failures: Int) async -> Bool {
        if self.instant == nil, failures >= Self.failuresWithoutDeadline { return false }
        guard let delay = backoff.delay(afterFailures: failures, random: self.random),
            !self.hasPassed(at: self.time.now + delay)
        else { return false }
        do {
            try await self.time.sleep(for: delay)
            return true
        } catch {
            return false
        }
    }

    private func hasPassed(at now: UTCInstant) -> Bool {
        self.instant.map { $0 <= now } ?? false
    }
}

/// Work that was not begun because the invocation's time is up.
package struct OutOfTime: Error, Sendable, CustomStringConvertible {
    /// There is nothing more to say than that time is up.
    package init() {}

    /// What an operator reads in the log.
    package var description: String { "no time left in this invocation; what is unfinished comes again" }
}
