/// One run's time and the only thread that anything of the run happens on.
///
/// It is the executor of all tasks of a run: the handlers of every environment and the actors of the simulated AWS. A
/// task that can go on does so at once, in the order in which it was made ready; when none can, time moves to the next
/// event of the queue. Nothing waits, so an hour costs no more than the events in it.
package final class VirtualTime: TaskExecutor, @unchecked Sendable {  // confined to the thread that calls `run`
    /// Nanoseconds since the run began.
    package typealias Nanoseconds = Int64

    private struct Event {
        let due: Nanoseconds
        /// Of events that are due at once the one that was made first comes first.
        let number: UInt64
        /// Where its action is, which is kept outside, so that no reference is counted while events change places.
        let slot: Int
    }

    /// Nanoseconds since the run began.
    package private(set) var now: Nanoseconds = 0
    /// How many events have happened.
    package private(set) var eventCount: UInt64 = 0
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    /// A binary heap, the next event first.
    private var events: [Event] = []
    private var actions: [(() -> Void)?] = []
    /// The places in `actions` that are free.
    private var freeSlots: [Int] = []
    private var nextNumber: UInt64 = 0

    package init() {}

    package func enqueue(_ job: consuming ExecutorJob) { self.ready.append(UnownedJob(job)) }

    /// Begins a task of the run.
    package func start(_ body: @escaping @Sendable () async -> Void) {
        Task(executorPreference: self) { await body() }
    }

    /// Has `action` happen in `delay`.
    package func after(_ delay: Nanoseconds, _ action: @escaping () -> Void) {
        self.nextNumber += 1
        let slot: Int
        if let free = self.freeSlots.popLast() {
            slot = free
            self.actions[slot] = action
        } else {
            slot = self.actions.count
            self.actions.append(action)
        }
        self.insert(Event(due: self.now + max(0, delay), number: self.nextNumber, slot: slot))
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
            guard let next = self.events.first else { return true }
            guard next.due <= limit, self.eventCount < most else { return false }
            self.removeFirst()
            self.now = next.due
            self.eventCount += 1
            let action = self.actions[next.slot].take()
            self.freeSlots.append(next.slot)
            action?()
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

    private func insert(_ event: Event) {
        self.events.append(event)
        var child = self.events.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard Self.isBefore(self.events[child], self.events[parent]) else { break }
            self.events.swapAt(child, parent)
            child = parent
        }
    }

    private func removeFirst() {
        self.events.swapAt(0, self.events.count - 1)
        self.events.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < self.events.count {
                if Self.isBefore(self.events[child], self.events[least]) { least = child }
            }
            guard least != parent else { return }
            self.events.swapAt(parent, least)
            parent = least
        }
    }

    private static func isBefore(_ left: Event, _ right: Event) -> Bool {
        left.due != right.due ? left.due < right.due : left.number < right.number
    }
}

extension VirtualTime.Nanoseconds {
    /// So many seconds.
    package static func seconds(_ seconds: Double) -> VirtualTime.Nanoseconds { Int64(seconds * 1e9) }
    /// So many milliseconds.
    package static func milliseconds(_ milliseconds: Int) -> VirtualTime.Nanoseconds { Int64(milliseconds) * 1_000_000 }
}
