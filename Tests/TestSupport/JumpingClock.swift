package import Platform
internal import Synchronization

/// The system's clocks, which a test moves apart: what a freeze, a thaw, and the setting of a clock do.
package final class JumpingClock: ClockSource {
    private let offsets = Mutex<(now: Duration, uptime: Duration)>((.zero, .zero))

    package init() {}

    package var now: UTCInstant { SystemClock.now + self.offsets.withLock { $0.now } }
    package var uptime: Duration { SystemClock.uptime + self.offsets.withLock { $0.uptime } }

    /// Moves the wall clock by `now` and the monotonic one by `uptime`.
    package func jump(now: Duration = .zero, uptime: Duration = .zero) {
        self.offsets.withLock { offsets in
            offsets.now += now
            offsets.uptime += uptime
        }
    }
}
