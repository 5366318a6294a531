internal import Glibc

/// Time as the rest of the code sees it: a parameter everywhere, so that no test waits and no test depends on today.
package protocol TimeSource: Sendable {
    /// The wall clock: deadlines of Lambda, signatures and TTLs are in it.
    var now: UTCInstant { get }

    /// Time since an arbitrary start, which no correction of the wall clock changes: what durations are measured with.
    var uptime: Duration { get }

    /// Suspends the task for `duration`; throws `CancellationError` when the task is cancelled meanwhile.
    func sleep(for duration: Duration) async throws
}

/// The two clocks of a machine, which may jump apart: the wall clock is set, and either may stand still while the machine
/// is frozen.
package protocol ClockSource: Sendable {
    /// The wall clock now.
    var now: UTCInstant { get }

    /// Time since an arbitrary start; never goes back, so it is what durations are measured with.
    var uptime: Duration { get }
}

/// The system's clocks, read without a loop: for code that never waits.
package struct SystemClock: ClockSource {
    /// A clock that holds no state of its own.
    package init() {}

    /// The wall clock now.
    package static var now: UTCInstant {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UTCInstant(nanosecondsSince1970: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// Time since an arbitrary start; never goes back, so it is what durations are measured with.
    package static var uptime: Duration {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return .nanoseconds(Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }

    /// The wall clock now.
    package var now: UTCInstant { Self.now }
    /// Time since an arbitrary start; never goes back.
    package var uptime: Duration { Self.uptime }
}
