/// The sleeping tasks of one loop.
///
/// A handful at a time, so a sorted array beats a heap.
struct TimerQueue {
    typealias ID = UInt64

    private struct Timer {
        let id: ID
        let due: Duration
        /// Leaves the queue before it is resumed, so that once is enough.
        ///
        /// A checked one costs a start 90 thousand instructions more: the runtime looks up the conformance of its error.
        let continuation: UnsafeContinuation<Void, any Error>
    }

    /// Latest first, so that the next one due is removed from the end.
    private var timers: [Timer] = []
    private var nextID: ID = 0

    /// When the next task wakes up, in the time of `SystemClock.uptime`.
    var nextDue: Duration? { self.timers.last?.due }

    mutating func reserveID() -> ID {
        self.nextID += 1
        return self.nextID
    }

    mutating func add(id: ID, due: Duration, continuation: UnsafeContinuation<Void, any Error>) {
        let index = self.timers.firstIndex { $0.due <= due } ?? self.timers.endIndex
        self.timers.insert(Timer(id: id, due: due, continuation: continuation), at: index)
    }

    /// The continuation of a timer that has not fired yet.
    mutating func remove(_ id: ID) -> UnsafeContinuation<Void, any Error>? {
        guard let index = self.timers.firstIndex(where: { $0.id == id }) else { return nil }
        return self.timers.remove(at: index).continuation
    }

    mutating func resumeDue(at now: Duration) {
        while let last = self.timers.last, last.due <= now {
            self.timers.removeLast()
            last.continuation.resume()
        }
    }
}
