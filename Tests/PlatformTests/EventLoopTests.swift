import Dispatch
import Glibc
import Platform
import Synchronization
import Testing

@Suite struct EventLoopTests {
    @Test func `gives the result of its body`() throws {
        #expect(try EventLoop().run { 42 } == 42)
    }

    @Test func `throws what its body throws`() {
        struct Failure: Error, Equatable {}
        #expect(throws: Failure()) { try EventLoop().run { throw Failure() } }
    }

    @Test func `runs again after it has ended`() throws {
        let loop = EventLoop()
        for number in 0..<100 { #expect(try loop.run { number } == number) }
    }

    @Test func `runs everything on the calling thread`() throws {
        let thread = UInt(pthread_self())
        let threads = try EventLoop().run {
            await withTaskGroup(of: UInt.self) { group in
                for _ in 0..<50 {
                    group.addTask {
                        await Task.yield()
                        return UInt(pthread_self())
                    }
                }
                return await group.reduce(into: Set<UInt>()) { $0.insert($1) }
            }
        }
        #expect(threads == [thread])
    }

    @Test func `sleepers wake in the order of their times`() throws {
        let loop = EventLoop()
        let order = try loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for milliseconds in [6, 2, 4, 0] {
                    group.addTask {
                        try await loop.sleep(for: .milliseconds(milliseconds))
                        return milliseconds
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(order == [0, 2, 4, 6])
    }

    @Test func `a cancelled sleeper wakes at once`() throws {
        let loop = EventLoop()
        let start = SystemClock.uptime
        try loop.run {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    await #expect(throws: CancellationError.self) { try await loop.sleep(for: .seconds(3_600)) }
                }
                await Task.yield()
                group.cancelAll()
            }
            let task = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3_600)) }
            task.cancel()
            await #expect(throws: CancellationError.self) { try await task.value }
        }
        #expect(SystemClock.uptime - start < .seconds(60))
    }

    @Test func `another thread can resume a waiting task`() throws {
        let loop = EventLoop()
        for number in 0..<200 {
            let value = try loop.run {
                await withCheckedContinuation { continuation in
                    // Not by a task: this test keeps one of Swift's few threads waiting.
                    DispatchQueue.global().async { continuation.resume(returning: number) }
                }
            }
            #expect(value == number)
        }
    }

    /// A byte that stayed in the pipe would make every wait return at once.
    @Test func `what wakes the loop is taken with what it was woken for`() throws {
        let loop = EventLoop()
        let source = WakingSource()
        loop.attach(source)
        try loop.run { try await loop.sleep(for: .milliseconds(1)) }
        var rounds = 0
        // A hand-over is that quick that a few in a thousand met the loop in its midst where the byte came last.
        while rounds < 20_000, !source.isAwake {
            let isDone = Flag()
            let isOver = DispatchSemaphore(value: 0)
            try loop.run {
                DispatchQueue.global().async {
                    Task(executorPreference: loop) { isDone.set() }
                    isOver.signal()
                }
                while !isDone.isSet { await Task.yield() }
            }
            isOver.wait()
            rounds += 1
        }
        #expect(!source.isAwake, "after \(rounds) rounds")
    }

    @Test func `collected work is done before a wait`() throws {
        let loop = EventLoop()
        let counter = Counter()
        loop.beforeWaiting { counter.increment() }
        try loop.run { try await loop.sleep(for: .milliseconds(1)) }
        #expect(counter.value >= 1)
    }

    @Test func `waits for its source`() throws {
        let loop = EventLoop()
        let source = OneShotSource()
        loop.attach(source)
        let value = try loop.run { await source.next() }
        #expect(value == 7)
        #expect(!source.hasPendingWork)
    }
}

private final class Counter: Sendable {
    private let count = Atomic<Int>(0)
    var value: Int { self.count.load(ordering: .relaxed) }
    func increment() { self.count.add(1, ordering: .relaxed) }
}

private final class Flag: Sendable {
    private let value = Atomic<Bool>(false)
    var isSet: Bool { self.value.load(ordering: .acquiring) }
    func set() { self.value.store(true, ordering: .releasing) }
}

/// Waits for nothing but the loop's being woken.
private final class WakingSource: IOSource, @unchecked Sendable {  // used by the loop's thread only
    private var descriptor: Int32 = -1

    let hasPendingWork = true

    /// Whether a wait would return at once.
    var isAwake: Bool { self.wait(0) }

    func poll(waitingAtMost milliseconds: Int32, wakeDescriptor: Int32) {
        self.descriptor = wakeDescriptor
        _ = self.wait(milliseconds)
    }

    private func wait(_ milliseconds: Int32) -> Bool {
        var polled = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        return Glibc.poll(&polled, 1, milliseconds) > 0
    }
}

/// Completes what waits for it when it is polled.
private final class OneShotSource: IOSource, @unchecked Sendable {  // used by the loop's thread only
    private var waiting: CheckedContinuation<Int, Never>?

    var hasPendingWork: Bool { self.waiting != nil }

    func next() async -> Int {
        await withCheckedContinuation { self.waiting = $0 }
    }

    func poll(waitingAtMost milliseconds: Int32, wakeDescriptor: Int32) {
        self.waiting?.resume(returning: 7)
        self.waiting = nil
    }
}
