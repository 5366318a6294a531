package import Platform

/// When a function stops working on an invocation, so that its answer still gets out before Lambda ends the process.
///
/// What is unfinished by then is reported as failed; what is finished stays finished.
package struct WorkDeadline: Sendable, Equatable {
    /// The end of work and of every request's timeout; nil where the invocation has no deadline.
    package let instant: UTCInstant?

    /// The margin is a tenth of the time left at the start, within 250 ms and 2 s.
    package init(deadline: UTCInstant?, now: UTCInstant) {
        self.instant = deadline.map { deadline in
            let tenth = (deadline - now) / 10
            return deadline + (.zero - min(max(tenth, .milliseconds(250)), .seconds(2)))
        }
    }

    /// Whether it is too late to begin anything.
    package func hasPassed(at now: UTCInstant) -> Bool {
        self.instant.map { $0 <= now } ?? false
    }
}
