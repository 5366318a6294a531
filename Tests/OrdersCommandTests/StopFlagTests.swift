internal import AWSClient
internal import OrdersCommand
internal import PipesRunner
internal import Platform
internal import TestSupport
internal import Testing

/// Sleeps by moving its clock, and lets others run meanwhile.
struct YieldingTime: TimeSource {
    let time = ManualTime()

    var now: UTCInstant { self.time.now }
    var uptime: Duration { self.time.uptime }

    func sleep(for duration: Duration) async throws {
        await Task.yield()
        try await self.time.sleep(for: duration)
    }
}

/// How a command ends that is stopped while it waits.
@Suite struct StopFlagTests {
    private let stop = StopFlag()
    private let time = YieldingTime()
    /// On which nothing ends but by a cancellation.
    private let standingTime = ManualTime(mode: .wait)

    private static func failure(_ code: AWSError.Code) -> AWSError {
        AWSError(code: code, message: "said", operation: "Kinesis.GetRecords")
    }

    @Test func `what nothing answers is cancelled 2 s after the stop, which is a good end`() async throws {
        let (stop, standingTime) = (self.stop, self.standingTime)
        let ended = try await stop.cancelling(on: self.time) { () async throws -> String in
            stop.set()
            try await standingTime.sleep(for: .seconds(3_600))
            return "waited for"
        }
        #expect(ended == nil)
        #expect(self.time.time.sleeps.last == .seconds(2))
    }

    @Test func `a request that says that it was cancelled is a good end, too`() async throws {
        let (stop, standingTime) = (self.stop, self.standingTime)
        let ended = try await stop.cancelling(on: self.time) { () async throws -> String in
            stop.set()
            // The sleep stands for a request, which ends with an error of its own.
            try? await standingTime.sleep(for: .seconds(3_600))
            throw Self.failure(.cancelled)
        }
        #expect(ended == nil)
    }

    @Test func `what ends by itself gives its value, before a stop and after one`() async throws {
        let stop = self.stop
        let first = try await stop.cancelling(on: self.standingTime) { () async throws -> Int in 1 }
        #expect(first == 1)
        let last = try await stop.cancelling(on: self.standingTime) { () async throws -> Int in
            stop.set()
            return 2
        }
        #expect(last == 2)
    }

    @Test(arguments: [true, false])
    func `a failure is not taken for the stop that it may have caused`(causesStop: Bool) async throws {
        let (stop, time) = (self.stop, self.time)
        let error = await #expect(throws: AWSError.self) {
            _ = try await stop.cancelling(on: time) { () async throws -> Int in
                if causesStop { stop.set() }
                throw Self.failure(.accessDenied)
            }
        }
        #expect(error?.code == .accessDenied)
    }
}
