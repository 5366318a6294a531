/// One run's time and the only thread that anything of the run happens on.
///
/// It is the executor of all tasks of a run: the handlers of every environment and the actors of the simulated AWS. A
/// task that can go on does so at once, in the order in which it was made ready; when none can, time moves to the next
/// event of the queue. Nothing waits, so an hour costs no more than the events in it.
package final class VirtualTime: TaskExecutor, @unchecked Sendable {  // confined to the thread that calls `run`
    /// Nanoseconds since the run began.
    package typealias Nanoseconds = Int64

    /// Nanoseconds since the run began.
    package private(set) var now: Nanoseconds = 0
    /// How many events have happened.
    package private(set) var eventCount: UInt64 = 0
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var events = EventQueue()

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) { self.ready.append(UnownedJob(job)) }

    /// Begins a task of the run.
    package func start(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await body() }
    }

    /// Has `action` happen in `delay`.
    package func after(_ delay: Nanoseconds, _ action: @escaping () -> Void) {
        self.events.insert(due: self.now + max(0, delay), action)
    }

    /// Suspends a task of the simulation itself.
    package func pause(_ delay: Nanoseconds) async {
        await withUnsafeContinuation { continuation in self.after(delay) { continuation.resume() } }
    }

    /// Lets everything happen until nothing is left to, `isOver` says so, or one of the limits is reached, which is what the
    /// result says.
    package func run(until limit: Nanoseconds, events most: UInt64, isOver: () -> Bool = { false }) -> Bool {
        while true {
            self.drain()
            if isOver() { return true }
            guard let due = self.events.nextDue else { return true }
            guard due <= limit, self.eventCount < most else { return false }
            self.now = due
            self.eventCount += 1
            self.events.removeNext()?()
        }
    }

    private func drain() {
        guard !self.ready.isEmpty else { return }
        let executor = self.asUnownedTaskExecutor()
        while !self.ready.isEmpty {
            swap(&self.ready, &self.running)
            for job in self.running { job.runSynchronously(on: executor) }
            self.running.removeAll(keepingCapacity: true)
        }
    }
}

/// What is to happen, by its time; of events that are due at once the one that was made first comes first.
private struct EventQueue {
    private struct Event {
        let due: VirtualTime.Nanoseconds
        let number: UInt64
        /// Where its action is, which is kept outside, so that no reference is counted while events change places.
        let slot: Int

        func isBefore(_ other: Event) -> Bool {
            self.due != other.due ? self.due < other.due : self.number < other.number
        }
    }

    /// A binary heap, the next event first.
    private var events: [Event] = []
    private var actions: [(() -> Void)?] = []
    /// The places in `actions` that are free.
    private var freeSlots: [Int] = []
    private var nextNumber: UInt64 = 0

    /// When the next event is due; nil where there is none.
    var nextDue: VirtualTime.Nanoseconds? { self.events.first?.due }

    mutating func insert(due: VirtualTime.Nanoseconds, _ action: @escaping () -> Void) {
        self.nextNumber += 1
        let slot: Int
        if let free = self.freeSlots.popLast() {
            slot = free
            self.actions[slot] = action
        } else {
            slot = self.actions.count
            self.actions.append(action)
        }
        let event = Event(due: due, number: self.nextNumber, slot: slot)
        self.events.append(event)
        var place = self.events.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard event.isBefore(self.events[parent]) else { break }
            self.events[place] = self.events[parent]
            place = parent
        }
        self.events[place] = event
    }

    /// Takes the next event out, and gives what happens.
    mutating func removeNext() -> (() -> Void)? {
        guard let next = self.events.first, let last = self.events.popLast() else { return nil }
        if !self.events.isEmpty { self.fillTop(with: last) }
        self.freeSlots.append(next.slot)
        return self.actions[next.slot].take()
    }

    private mutating func fillTop(with event: Event) {
        var place = 0
        while true {
            var child = 2 * place + 1
            guard child < self.events.count else { break }
            if child + 1 < self.events.count, self.events[child + 1].isBefore(self.events[child]) { child += 1 }
            guard self.events[child].isBefore(event) else { break }
            self.events[place] = self.events[child]
            place = child
        }
        self.events[place] = event
    }
}

extension VirtualTime.Nanoseconds {
    /// So many seconds.
    package static func seconds(_ seconds: Double) -> VirtualTime.Nanoseconds { Int64(seconds * 1e9) }
    /// So many milliseconds.
    package static func milliseconds(_ milliseconds: Int) -> VirtualTime.Nanoseconds { Int64(milliseconds) * 1_000_000 }
}
