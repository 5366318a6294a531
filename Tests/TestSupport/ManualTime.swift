package import Platform
internal import Synchronization

/// Time moved by hand.
///
/// A sleeping task wakes when `advance` passes its time; with `.jump` each sleep moves the clock itself and returns at
/// once, which is what tests of retries and deadlines want.
package final class ManualTime: TimeSource {
    /// What a sleep does.
    package enum Mode: Sendable {
        /// Moves the clock to the sleep's end and returns.
        case jump
        /// Suspends until `advance` has passed the sleep's end.
        case wait
    }

    private struct Sleeper {
        let id: Int
        /// In the time of `uptime`.
        let end: Duration
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var now: UTCInstant
        var uptime = Duration.seconds(1_000)
        var slept: [Duration] = []
        var sleepers: [Sleeper] = []
        var nextID = 0
        var cancelled: Set<Int> = []
    }

    private let mode: Mode
    private let state: Mutex<State>

    /// Starts at 2025-08-27T18:08:00Z unless told otherwise.
    package init(now: UTCInstant = UTCInstant(secondsSince1970: 1_756_318_080), mode: Mode = .jump) {
        self.mode = mode
        self.state = Mutex(State(now: now))
    }

    package var now: UTCInstant { self.state.withLock { $0.now } }

    package var uptime: Duration { self.state.withLock { $0.uptime } }

    /// Moves the wall clock alone, as a correction of it does, or a thaw after a time that the monotonic clock missed.
    package func jumpWallClock(by duration: Duration) {
        self.state.withLock { $0.now = $0.now + duration }
    }

    /// The durations of all sleeps so far, in the order they began.
    package var sleeps: [Duration] { self.state.withLock { $0.slept } }

    /// Moves the clock and wakes whoever slept long enough, earliest first.
    package func advance(by duration: Duration) {
        let woken = self.state.withLock { state in
            state.now = state.now + duration
            state.uptime += duration
            let now = state.uptime
            let due = state.sleepers.filter { $0.end <= now }.sorted { ($0.end, $0.id) < ($1.end, $1.id) }
            state.sleepers.removeAll { $0.end <= now }
            return due
        }
        woken.forEach { $0.continuation.resume() }
    }

    package func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        let id = self.state.withLock { state in
            state.slept.append(duration)
            if self.mode == .jump {
                state.now = state.now + duration
                state.uptime += duration
            }
            state.nextID += 1
            return state.nextID
        }
        if self.mode == .jump { return }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = self.state.withLock { state in
                    if state.cancelled.remove(id) != nil { return true }
                    let end = state.uptime + duration
                    state.sleepers.append(Sleeper(id: id, end: end, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            let sleeper = self.state.withLock { state -> Sleeper? in
                guard let index = state.sleepers.firstIndex(where: { $0.id == id }) else {
                    state.cancelled.insert(id)
                    return nil
                }
                return state.sleepers.remove(at: index)
            }
            sleeper?.continuation.resume(throwing: CancellationError())
        }
    }
}
