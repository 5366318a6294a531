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
