import Platform
import TestSupport
import Testing

/// A loop whose clocks jump apart.
@Suite struct ClockJumpTests {
    private let clock = JumpingClock()
    private let loop: EventLoop

    init() {
        self.loop = EventLoop(clock: self.clock)
    }

    @Test(arguments: [Duration.seconds(7 * 86_400), .seconds(-7 * 86_400)])
    func `a sleep lasts as long whatever the wall clock does`(jump: Duration) throws {
        let (clock, loop) = (self.clock, self.loop)
        let start = SystemClock.uptime
        try loop.run {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await loop.sleep(for: .milliseconds(100)) }
                await Task.yield()
                clock.jump(now: jump)
                try await group.waitForAll()
            }
        }
        let slept = SystemClock.uptime - start
        #expect(slept >= .milliseconds(100))
        #expect(slept < .seconds(60))
    }

    /// A freeze that the monotonic clock counts.
    @Test func `after a freeze of weeks all sleeps that are due end at once, in their order`() throws {
        let (clock, loop) = (self.clock, self.loop)
        let start = SystemClock.uptime
        let order = try loop.run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for days in [3, 1, 2] {
                    group.addTask {
                        try await loop.sleep(for: .seconds(days * 86_400))
                        return days
                    }
                }
                group.addTask {
                    try await loop.sleep(for: .milliseconds(10))
                    clock.jump(now: .seconds(21 * 86_400), uptime: .seconds(21 * 86_400))
                    return 0
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
        }
        #expect(order == [0, 1, 2, 3])
        #expect(SystemClock.uptime - start < .seconds(60))
    }

    @Test func `within a piece of work time goes on although the wall clock is set back`() throws {
        let start = self.loop.now
        self.loop.beginWork()
        self.clock.jump(now: .seconds(-3_600))
        #expect(self.loop.now >= start)
        self.clock.jump(uptime: .seconds(30))
        #expect(self.loop.now >= start + .seconds(30))
        // Set forward, it is believed: the work ends early rather than late.
        self.clock.jump(now: .seconds(3 * 3_600))
        #expect(self.loop.now >= start + .seconds(2 * 3_600))
    }

    @Test func `between two pieces of work the wall clock is believed`() throws {
        let start = self.loop.now
        self.loop.beginWork()
        self.loop.endWork()
        self.clock.jump(now: .seconds(-3_600))
        #expect(self.loop.now < start)
        self.loop.beginWork()
        #expect(self.loop.now < start)
    }
}
