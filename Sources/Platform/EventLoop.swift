internal import Glibc
internal import Synchronization

/// One thread that runs async code: an executor whose jobs the calling thread drains, plus timers and one source of I/O.
///
/// `run` blocks its thread until the body is done. Tasks of the body and their children run on that thread, one at a
/// time, so state confined to a loop needs no lock. A job enqueued by the loop's own thread is an append to an array;
/// one from another thread goes through a lock and wakes the loop.
package final class EventLoop: TaskExecutor, TimeSource, @unchecked Sendable {  // one thread's, or locked
    /// Where the loop's time comes from.
    package let clock: any ClockSource

    // `ready`, `running`, `timers`, `source`, `waitAction` and `workStart` are touched by the loop's own thread only; the
    // rest is atomic or has a lock.
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var timers = TimerQueue()
    private var source: (any IOSource)?
    private var waitAction: (@Sendable () -> Void)?
    /// When the work in progress began, by both clocks.
    private var workStart: (now: UTCInstant, uptime: Duration)?
    private let thread = Atomic<UInt>(0)
    private let foreign = Mutex(Foreign())
    private let hasForeign = Atomic<Bool>(false)
    /// A pipe of its own: reading end, writing end. (The Glibc module has neither `eventfd` nor `pipe2`.)
    private let wakeDescriptor: Int32
    private let wakingDescriptor: Int32

    /// What other threads hand to the loop.
    private struct Foreign {
        var jobs: [UnownedJob] = []
        var cancelledTimers: [TimerQueue.ID] = []
    }

    /// A loop that takes its time from `clock`; it runs nothing before `run` is called.
    package init(clock: any ClockSource = SystemClock()) {
        self.clock = clock
        var ends: [Int32] = [-1, -1]
        precondition(pipe(&ends) == 0, "pipe failed: the process has no file descriptor left")
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
        self.wakeDescriptor = ends[0]
        self.wakingDescriptor = ends[1]
    }

    deinit {
        close(self.wakeDescriptor)
        close(self.wakingDescriptor)
    }

    /// Makes the loop wait for `source` too.
    ///
    /// Called once, before the loop runs or on its thread.
    package func attach(_ source: any IOSource) {
        precondition(self.source == nil, "EventLoop.attach was called twice: a loop waits for one source")
        self.source = source
    }

    /// Makes the loop call `action` on its own thread whenever it has nothing to do but wait: the moment to write out
    /// what was only collected, since the wait may be the last thing that this process does.
    package func beforeWaiting(_ action: @escaping @Sendable () -> Void) {
        self.waitAction = action
    }

    /// The wall clock; within a piece of work, never behind the time that has passed since its start.
    ///
    /// Work with a deadline thus ends in time even if the wall clock is set back meanwhile; set forward, it ends early.
    package var now: UTCInstant {
        let now = self.clock.now
        guard let workStart else { return now }
        return max(now, workStart.now + (self.clock.uptime - workStart.uptime))
    }

    /// Begins a piece of work: an invocation with its deadline.
    ///
    /// Called on the loop's thread.
    package func beginWork() { self.workStart = (self.clock.now, self.clock.uptime) }

    /// Ends the piece of work.
    ///
    /// Called on the loop's thread.
    package func endWork() { self.workStart = nil }

    /// Time since an arbitrary start, which no correction of the wall clock changes.
    package var uptime: Duration { self.clock.uptime }

    /// Runs `body` to its end on the calling thread and gives its result.
    package func run<Value: Sendable>(_ body: @escaping @Sendable () async throws -> Value) throws -> Value {
        let caller = UInt(pthread_self())
        let previous = self.thread.exchange(caller, ordering: .acquiringAndReleasing)
        precondition(previous == 0, "EventLoop.run was called while the loop runs: use one loop per thread")
        defer { self.thread.store(0, ordering: .releasing) }
        let outcome = Outcome<Value>()
        Task(executorPreference: self) {
            do {
                outcome.result = .success(try await body())
            } catch {
                outcome.result = .failure(error)
            }
        }
        while true {
            self.drain()
            if let result = outcome.result { return try result.get() }
            self.wait()
        }
    }

    /// Takes a job of Swift's runtime, from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        if self.isCurrent {
            self.ready.append(job)
        } else {
            self.hand { $0.jobs.append(job) }
        }
    }

    /// Suspends the task, which must run on this loop, for `duration`; throws `CancellationError` when it is cancelled
    /// meanwhile.
    package func sleep(for duration: Duration) async throws {
        precondition(self.isCurrent, "EventLoop.sleep was called by a task of another executor")
        let id = self.timers.reserveID()
        try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
                if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    self.timers.add(id: id, due: self.clock.uptime + duration, continuation: continuation)
                }
            }
        } onCancel: {
            self.hand { $0.cancelledTimers.append(id) }
        }
    }

    /// Whether the caller runs on the loop's thread, while the loop runs.
    package var isCurrent: Bool {
        self.thread.load(ordering: .relaxed) == UInt(pthread_self())
    }

    private func hand(_ change: (inout Foreign) -> Void) {
        self.foreign.withLock { change(&$0) }
        // Before the flag, by which the loop empties the pipe: a byte behind it might stay there, and the loop never wait again.
        var byte: UInt8 = 1
        _ = write(self.wakingDescriptor, &byte, 1)  // a full pipe wakes the loop just as well
        self.hasForeign.store(true, ordering: .releasing)
    }

    private func drain() {
        while true {
            self.takeForeign()
            if self.ready.isEmpty { return }
            // Swapped rather than iterated: a job may enqueue others. Both arrays keep their capacity.
            swap(&self.ready, &self.running)
            for job in self.running {
                job.runSynchronously(on: self.asUnownedTaskExecutor())
            }
            self.running.removeAll(keepingCapacity: true)
        }
    }

    private func takeForeign() {
        guard self.hasForeign.exchange(false, ordering: .acquiring) else { return }
        var bytes: [UInt8] = Array(repeating: 0, count: 64)
        while read(self.wakeDescriptor, &bytes, bytes.count) == bytes.count {}
        let taken = self.foreign.withLock { foreign in
            defer { foreign = Foreign() }
            return foreign
        }
        self.ready.append(contentsOf: taken.jobs)
        for id in taken.cancelledTimers {
            self.timers.remove(id)?.resume(throwing: CancellationError())
        }
    }

    private func wait() {
        self.waitAction?()
        let timeout = self.timers.nextDue.map { max(.zero, $0 - self.clock.uptime).millisecondsRoundedUp } ?? -1
        if let source = self.source, source.hasPendingWork {
            source.poll(waitingAtMost: timeout, wakeDescriptor: self.wakeDescriptor)
        } else {
            var descriptor = pollfd(fd: self.wakeDescriptor, events: Int16(POLLIN), revents: 0)
            _ = Glibc.poll(&descriptor, 1, timeout)
        }
        if self.timers.nextDue != nil {
            self.timers.resumeDue(at: self.clock.uptime)
        }
    }
}

/// Where a loop's body leaves its result.
private final class Outcome<Value>: @unchecked Sendable {  // written and read on the loop's thread only
    var result: Result<Value, any Error>?
}

/// What an `EventLoop` waits for besides its timers: the transfers of an HTTP client, for example.
///
/// Its loop calls it on its own thread only.
package protocol IOSource: AnyObject {
    /// Whether anything is under way that `poll` could report.
    var hasPendingWork: Bool { get }

    /// Performs what is ready and resumes the tasks whose operations are done. If nothing was ready, it waits until
    /// something is, `wakeDescriptor` becomes readable, or `milliseconds` have passed (negative: no limit).
    func poll(waitingAtMost milliseconds: Int32, wakeDescriptor: Int32)
}

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
        /// For a checked one the runtime looks up the conformance of its error at a start (docs/performance.md).
        let continuation: UnsafeContinuation<Void, any Error>
    }

    /// Latest first, so that the next one due is removed from the end.
    private var timers: [Timer] = []
    private var nextID: ID = 0

    /// When the next task wakes up, by the uptime of the loop's clock.
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
