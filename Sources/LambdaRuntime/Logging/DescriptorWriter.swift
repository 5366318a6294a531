internal import Glibc
internal import Platform
internal import Synchronization

/// Writes whole log lines to a file descriptor, in a bounded time: a function must neither fail nor wait because of its
/// log.
///
/// One per process: what does not fit a pipe at once is several writes, and the lines of two loops must not mix in them.
final class DescriptorWriter: Sendable {
    /// What a pipe that is ready for writing takes without blocking: `PIPE_BUF`, the size of one of its slots.
    ///
    /// More could block for as long as nobody reads.
    private static let writeSize = 4_096

    private let descriptor: Int32
    private let configuration: LogConfiguration
    private let state = Mutex(State())

    private struct State {
        var budget = WaitBudget()
        /// The rest of what nobody read in time.
        ///
        /// It goes out before anything else, since it may begin in the middle of a line.
        var rest: [UInt8] = []
        /// Lines that came while there was a rest, and were dropped.
        var lostLines = 0
    }

    /// A writer to the descriptor that `configuration` names.
    init(configuration: LogConfiguration) {
        self.configuration = configuration
        self.descriptor = configuration.destination.descriptor
    }

    /// Writes all of `bytes`, which are `lines` lines, as far as somebody reads them in time.
    ///
    /// Of the first bytes that nobody read, those of one call are kept for later; lines that come before these are
    /// written are lost, and counted in a line of their own.
    func write(_ bytes: UnsafeRawBufferPointer, lines: Int) {
        self.state.withLock { state in
            guard self.writeRest(&state), self.tellLoss(&state) else {
                state.lostLines += lines
                return
            }
            self.write(bytes, &state)
        }
    }

    /// Whether nothing is left of earlier calls.
    private func writeRest(_ state: inout State) -> Bool {
        if state.rest.isEmpty { return true }
        let rest = state.rest
        state.rest = []
        rest.withUnsafeBytes { self.write($0, &state) }
        return state.rest.isEmpty
    }

    /// Says how many lines are missing, if any; false: that itself is not written yet.
    private func tellLoss(_ state: inout State) -> Bool {
        let count = state.lostLines
        if count == 0 { return true }
        state.lostLines = 0
        guard self.configuration.level <= .warn else { return true }
        var line: [UInt8] = []
        var timestamp = LogTimestamp()
        LogLine(
            level: .warn,
            message: "log lines are missing here: nobody read them in time",
            time: SystemClock.now,
            fields: ["lost_lines": .integer(count)],
            invocation: nil,
            commonMembers: LogLine.commonMembers(self.configuration)
        ).append(to: &line, configuration: self.configuration, timestamp: &timestamp)
        line.withUnsafeBytes { self.write($0, &state) }
        return state.rest.isEmpty
    }

    /// Writes `bytes`, of which `rest` keeps what there is no time for.
    private func write(_ bytes: UnsafeRawBufferPointer, _ state: inout State) {
        var rest = bytes
        while !rest.isEmpty {
            switch Self.write(rest, to: self.descriptor) {
            case .written(let count):
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            case .full:
                guard state.budget.wait(for: self.descriptor) else {
                    state.rest = Array(rest)
                    return
                }
            case .broken:
                // Nobody will ever read it.
                return
            }
        }
    }

    private enum Progress {
        case written(Int)
        case full
        case broken
    }

    /// Writes what fits, without waiting.
    private static func write(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Progress {
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let status = poll(&wanted, 1, 0)
        // A descriptor that is gone is "ready" too: the write then says so.
        if status == 0 { return .full }
        let count = Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, self.writeSize))
        if count > 0 { return .written(count) }
        if count < 0, errno == EINTR { return .written(0) }
        if count < 0, errno == EAGAIN { return .full }
        return .broken
    }

    /// Writes `bytes` when the process is about to end, waiting at most 50 ms for a reader.
    ///
    /// Safe in a signal handler, so without the lock.
    static func writeLast(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) {
        var rest = bytes
        while !rest.isEmpty {
            switch self.write(rest, to: descriptor) {
            case .written(let count):
                rest = UnsafeRawBufferPointer(rebasing: rest[count...])
            case .full:
                var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                if poll(&wanted, 1, 50) != 1 { return }
            case .broken:
                return
            }
        }
    }
}

/// How long a process may wait for the readers of its log: 100 ms, and a tenth of the time that passes.
///
/// Less than the margin that a function keeps before its deadline, however often it logs.
struct WaitBudget {
    private static let most = Duration.milliseconds(100)
    private static let share = 10

    private var left = Self.most
    /// In the time of `SystemClock.uptime`; nil before the first wait.
    private var lastRefill: Duration?

    /// Waits until the descriptor takes bytes; false: there was no time, or too little.
    mutating func wait(for descriptor: Int32) -> Bool {
        let start = SystemClock.uptime
        self.refill(at: start)
        guard self.left > .milliseconds(1) else { return false }
        var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        let status = poll(&wanted, 1, Int32(clamping: self.left.nanoseconds / 1_000_000))
        let end = SystemClock.uptime
        self.left = max(.zero, self.left - (end - start))
        self.lastRefill = end
        return status > 0 || status < 0 && errno == EINTR
    }

    private mutating func refill(at now: Duration) {
        if let lastRefill { self.left = min(Self.most, self.left + (now - lastRefill) / Self.share) }
        self.lastRefill = now
    }
}
