internal import Platform

/// Which of the connections that libcurl keeps may still be used: decided from times, without libcurl.
///
/// A connection dies without a word when a NAT or a load balancer forgets it, or while the process is frozen. One that is
/// found dead makes all that were idle with it suspect: trying each would cost a wait each.
struct KeptConnections {
    /// What requests have to ask libcurl for.
    enum Use: Equatable {
        /// Keep to connections that were idle for no more than this many whole seconds.
        case idleFor(atMostSeconds: Int)
        /// Make a connection.
        case none
    }

    /// Services close idle connections after a minute or less; an older one would only fail.
    static let longestIdle = 50

    /// A moment by both clocks.
    private struct Moment {
        let now: UTCInstant
        let uptime: Duration
    }

    private var lastUse: Moment?
    /// Connections that were last used before it are not used again.
    private var distrust: Duration?

    /// Says that a request begins or has ended; true: the machine was frozen for so long since the last one that no
    /// connection is worth a try.
    ///
    /// libcurl sees only the monotonic clock, which a freeze may stop.
    mutating func note(now: UTCInstant, uptime: Duration) -> Bool {
        defer { self.lastUse = Moment(now: now, uptime: uptime) }
        guard let lastUse else { return false }
        let byWallClock = now - lastUse.now
        let limit = Duration.seconds(Self.longestIdle)
        // Set back it says nothing about how much time has passed.
        return uptime - lastUse.uptime <= limit && (byWallClock > limit || byWallClock < .zero - limit)
    }

    /// Says that a connection which was idle at `uptime` is dead, and so may be all that were.
    mutating func distrust(before uptime: Duration) {
        self.distrust = max(self.distrust ?? uptime, uptime)
    }

    /// What a request that begins at `uptime` may use.
    func use(at uptime: Duration) -> Use {
        guard let distrust else { return .idleFor(atMostSeconds: Self.longestIdle) }
        // libcurl counts whole seconds, so that a second less is certain to leave out all of before.
        let seconds = Int((uptime - distrust).components.seconds) - 1
        // Later versions of libcurl take 0 seconds for no limit.
        return seconds < 1 ? .none : .idleFor(atMostSeconds: min(seconds, Self.longestIdle))
    }
}
