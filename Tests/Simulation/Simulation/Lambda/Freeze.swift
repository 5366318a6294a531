internal import SimulatedAWS

/// What of an environment stands still between its invocations, as Lambda freezes it: tasks, timers, and the network's
/// buffers with them.
///
/// What it has on its way is carried out by the service, but the answer waits for the thaw.
struct Freeze {
    /// Since when nothing runs; nil while the environment has an invocation.
    private(set) var start: VirtualTime.Nanoseconds?
    /// For how long the monotonic clock has stood still, which Lambda's does in some environments and not in others.
    private(set) var lostUptime: VirtualTime.Nanoseconds = 0
    /// Timers that are over and answers that have come.
    private var waiting: [() -> Void] = []
    /// Requests that were given up before their bytes had left the machine: they leave it within the next invocation.
    private var unsent: [() -> Void] = []

    /// Whether it holds anything that goes on with the thaw.
    var holdsWork: Bool { !self.waiting.isEmpty || !self.unsent.isEmpty }

    mutating func begin(at now: VirtualTime.Nanoseconds) { self.start = now }

    /// Keeps what can only happen once the environment runs.
    mutating func keep(_ action: @escaping () -> Void) { self.waiting.append(action) }

    /// Keeps a request whose bytes do not leave the machine before it is frozen.
    mutating func keepUnsent(_ send: @escaping () -> Void) { self.unsent.append(send) }

    /// Ends the freeze: how long it was, what happens now, and the requests that leave the machine.
    mutating func end(
        at now: VirtualTime.Nanoseconds,
        stopsUptime: Bool
    ) -> (length: VirtualTime.Nanoseconds, waiting: [() -> Void], unsent: [() -> Void])? {
        guard let start else { return nil }
        if stopsUptime { self.lostUptime += now - start }
        defer { (self.start, self.waiting, self.unsent) = (nil, [], []) }
        return (now - start, self.waiting, self.unsent)
    }
}

/// The connections that an environment keeps to the services' hosts, as far as a freeze may end them.
struct KeptSockets {
    /// How a request notices that the connection it was given is gone.
    enum End: CaseIterable {
        /// The service has closed it, and the process sees that before it sends.
        case closed
        /// The service has forgotten it, and answers the request with a reset.
        case reset
        /// A NAT in between has forgotten it, and nobody answers.
        case silent
    }

    private struct Host {
        var open = 0
        /// How many were open at once.
        var kept = 0
        /// How many of those are gone, unknown to the process.
        var gone = 0
    }

    private var hosts: [String: Host] = [:]
    private var end = End.closed

    /// All that are kept end that way.
    mutating func lose(_ end: End) {
        self.end = end
        self.hosts = self.hosts.mapValues { Host(open: $0.open, kept: $0.kept, gone: $0.kept) }
    }

    /// A request begins; gives how its connection ends, if it is given one that is gone.
    mutating func take(_ host: String) -> End? {
        var state = self.hosts[host] ?? Host()
        defer { self.hosts[host] = state }
        state.open += 1
        state.kept = max(state.kept, state.open)
        guard state.gone > 0 else { return nil }
        // One that is silent makes those suspect that were idle with it.
        state.gone = self.end == .silent ? 0 : state.gone - 1
        return self.end
    }

    /// A request has ended.
    mutating func giveBack(_ host: String) { self.hosts[host]?.open -= 1 }
}
