import AWSClient
import AWSOperations
import OrdersCommand
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct QueueRedriveTests {
    private static func redrive(
        _ queue: LetterQueue,
        isDryRun: Bool = false,
        stop: StopFlag = StopFlag(),
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) -> QueueRedrive {
        QueueRedrive(
            sqs: queue,
            queueURL: "q",
            time: queue.time,
            isDryRun: isDryRun,
            stop: stop,
            onFailure: onFailure
        )
    }

    private struct Outage: Error {}

    @Test func `deletes what was delivered and shows the rest again at once`() async throws {
        let queue = LetterQueue((1...25).map(String.init))
        let result = try await Self.redrive(queue).run { message in
            message.body.hasSuffix("0") ? .kept("no") : .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 23, kept: 2))
        #expect(queue.visible == ["10", "20"] && queue.hidden.isEmpty)
    }

    @Test func `messages are hidden for longer than a function works`() {
        #expect(Duration.seconds(QueueRedrive.hidingSeconds) > LambdaTarget.pipeTimeout)
    }

    @Test func `a run that takes longer than its messages are hidden shows the rest again`() async throws {
        let queue = LetterQueue((1...45).map(String.init))
        let result = try await Self.redrive(queue).run { message in
            if message.body == "30" { queue.time.advance(by: .seconds(QueueRedrive.hidingSeconds)) }
            return message.body.hasSuffix("0") ? .kept("no") : .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 41, kept: 4))
        #expect(queue.visible == ["10", "20", "30", "40"] && queue.hidden.isEmpty)
    }

    @Test func `a dry run leaves every message where the real run finds it`() async throws {
        let queue = LetterQueue(["1", "2"])
        let result = try await Self.redrive(queue, isDryRun: true).run { _ in .delivered("would") }
        #expect(result == QueueRedrive.Result(delivered: 2, kept: 0))
        #expect(queue.visible == ["1", "2"])
    }

    @Test func `a record that is refused again ends the run and is counted among those that stay`() async throws {
        let queue = LetterQueue(["1", "2"])
        let handled = Mutex(0)
        let result = try await Self.redrive(queue).run { message in
            #expect(
                handled.withLock { handled in
                    handled += 1
                    return handled
                } < 10
            )
            // The function's own dead letter, into the same queue.
            queue.add(message.body + "again")
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 2, kept: 2))
        #expect(queue.visible == ["1again", "2again"])
    }

    @Test func `an outage hides nothing`() async throws {
        let queue = LetterQueue(["1", "2", "3"])
        await #expect(throws: Outage.self) {
            try await Self.redrive(queue).run { message in
                if message.body == "2" { throw Outage() }
                return .delivered("yes")
            }
        }
        #expect(queue.visible == ["2", "3"] && queue.hidden.isEmpty)
    }

    @Test func `what ends the run is said before the rest is made visible again`() async throws {
        let queue = LetterQueue(["1", "2"])
        let requestsBefore = Mutex<[Int]>([])
        let redrive = Self.redrive(queue) { error in
            #expect(error is Outage)
            requestsBefore.withLock { $0.append(queue.deadlines.count) }
        }
        await #expect(throws: Outage.self) { try await redrive.run { _ in throw Outage() } }
        let requests = requestsBefore.withLock { $0 }
        #expect(requests == [0])
        #expect(queue.deadlines.count == 2)
    }

    @Test(
        arguments: [
            ("ReceiptHandleIsInvalid", 20), ("MessageNotInflight", 20), ("InvalidParameterValue", 20),
            ("AccessDeniedException", 8), ("ExpiredTokenException", 8), ("ConnectionFailed", 8),
            ("DeadlineExceeded", 8), ("QueueDoesNotExist", 8),
        ]
    )
    func `where one message cannot be made visible the others are tried, unless they would fail too`(
        code: String,
        requests: Int
    ) async throws {
        let queue = LetterQueue((1...20).map(String.init), refusal: AWSError.Code(rawValue: code))
        let result = try await Self.redrive(queue, isDryRun: true).run { _ in .delivered("would") }
        #expect(queue.deadlines.count == requests)
        // Those that a receipt does not hide any more are not held by this run.
        #expect(result == QueueRedrive.Result(delivered: 20, held: requests == 20 ? 0 : 20))
    }

    @Test func `each eight messages have 10 seconds to be made visible again`() async throws {
        let time = ManualTime()
        let start = time.now
        let queue = LetterQueue((1...20).map(String.init), time: time)
        let result = try await Self.redrive(queue).run { _ in .kept("no") }
        // A second passes in each request.
        let ends = [(8, 10), (8, 18), (4, 26)].flatMap { count, seconds in
            [UTCInstant?](repeating: start + .seconds(seconds), count: count)
        }
        #expect(queue.deadlines == ends)
        #expect(result == QueueRedrive.Result(kept: 20))
    }

    @Test func `behind a failure all messages together have 10 seconds`() async throws {
        let time = ManualTime()
        let end: UTCInstant? = time.now + .seconds(10)
        let queue = LetterQueue((1...20).map(String.init), time: time)
        let redrive = Self.redrive(queue)
        await #expect(throws: Outage.self) { try await redrive.run { _ in throw Outage() } }
        #expect(queue.deadlines == Array(repeating: end, count: 10))
    }

    @Test func `so they have behind a stop`() async throws {
        let (time, stop) = (ManualTime(), StopFlag())
        let end: UTCInstant? = time.now + .seconds(10)
        let queue = LetterQueue((1...20).map(String.init), time: time)
        _ = try await Self.redrive(queue, stop: stop).run { _ in
            stop.set()
            return .kept("no")
        }
        #expect(queue.deadlines == Array(repeating: end, count: 10))
    }

    @Test func `the second message in a row whose function is not reached ends the run`() async throws {
        let queue = LetterQueue(["1", "2", "3", "4", "5", "6"])
        let failure = ToolError.failed("5: no answer; the message before it failed alike, so the rest is not tried")
        await #expect(throws: failure) {
            try await Self.redrive(queue).run { message in
                ["1", "3"].contains(message.body) ? .delivered("yes") : .unreached("no answer")
            }
        }
        #expect(queue.visible == ["2", "4", "5", "6"] && queue.hidden.isEmpty)
    }

    @Test func `messages that are not reached one by one stay, and the run goes on`() async throws {
        let queue = LetterQueue(["1", "2", "3", "4", "5"])
        let result = try await Self.redrive(queue).run { message in
            switch message.body {
            case "1", "3", "5": .unreached("no answer")
            case "2": .kept("no")
            default: .delivered("yes")
            }
        }
        #expect(result == QueueRedrive.Result(delivered: 1, kept: 4))
        #expect(queue.visible == ["1", "2", "3", "5"])
    }

    @Test func `a request that a stop cut short is no second failure`() async throws {
        let (queue, stop) = (LetterQueue(["1", "2", "3"]), StopFlag())
        let result = try await Self.redrive(queue, stop: stop).run { message in
            if message.body == "2" { stop.set() }
            return .unreached("no answer")
        }
        #expect(result == QueueRedrive.Result(kept: 3, isStopped: true))
        #expect(queue.visible == ["1", "2", "3"])
    }

    @Test func `a stop ends the run behind the message at hand and shows the others again`() async throws {
        let (queue, stop) = (LetterQueue(["1", "2", "3", "4"]), StopFlag())
        let result = try await Self.redrive(queue, stop: stop).run { message in
            if message.body == "2" { stop.set() }
            return message.body == "1" ? .kept("no") : .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 1, kept: 3, isStopped: true))
        #expect(queue.visible == ["1", "3", "4"] && queue.hidden.isEmpty)
    }

    @Test func `a stop before the first message takes none`() async throws {
        let (queue, stop) = (LetterQueue(["1"]), StopFlag())
        stop.set()
        let result = try await Self.redrive(queue, stop: stop).run { _ in .delivered("yes") }
        #expect(result == QueueRedrive.Result(isStopped: true))
        #expect(queue.visible == ["1"])
    }

    @Test func `a delivery that outlasts the grace of a stop ends, and hides nothing`() async throws {
        let (queue, stop) = (LetterQueue(["1", "2", "3"]), StopFlag())
        let redrive = Self.redrive(queue, stop: stop)
        let result = try await stop.cancelling(on: YieldingTime()) { () async throws -> QueueRedrive.Result in
            try await redrive.run { message in
                if message.body == "2" {
                    stop.set()
                    try await ManualTime(mode: .wait).sleep(for: .seconds(3_600))
                }
                return .delivered("yes")
            }
        }
        #expect(result == QueueRedrive.Result(delivered: 1, kept: 2, isStopped: true))
        #expect(queue.visible == ["2", "3"] && queue.hidden.isEmpty)
    }

    @Test func `a cancellation without a stop is a failure`() async throws {
        let queue = LetterQueue(["1", "2"])
        await #expect(throws: CancellationError.self) {
            try await Self.redrive(queue).run { _ in throw CancellationError() }
        }
        #expect(queue.visible == ["1", "2"])
    }
}
