internal import Platform

/// When a call has to be done: by the wall clock that its caller's deadline is in, and by the monotonic clock, whichever
/// comes first.
///
/// The wall clock may be put right or wrong while a call is under way, and a process may be frozen. Put back, it must not
/// make the call last longer than the time that was left when it began; put forward, or thawed after the deadline, the
/// caller's time is over or cannot be told from that, and a call that ends early is one that comes again.
struct CallDeadline: Sendable {
    private let wall: UTCInstant?
    private let uptime: Duration

    /// Of a call that begins now; nil for no limit.
    init(_ deadline: UTCInstant?, time: any TimeSource) {
        self.wall = deadline
        // The sum of the two clocks' readings is not kept: what is left now is.
        self.uptime = deadline.map { time.uptime + ($0 - time.now) } ?? .zero
    }

    /// The time left, zero or negative once it is over; nil for no limit.
    func remaining(_ time: any TimeSource) -> Duration? {
        self.wall.map { min($0 - time.now, self.uptime - time.uptime) }
    }
}
