import AWSClient
import AWSOperations
import OrdersCommand
import PipesRunner
import Platform
import Synchronization
import TestSupport
import Testing

/// How a redrive takes a queue of any size, one answer of SQS after the other.
@Suite struct RedriveAnswersTests {
    private static func redrive(_ queue: LetterQueue, stop: StopFlag = StopFlag()) -> QueueRedrive {
        QueueRedrive(sqs: queue, queueURL: "q", time: queue.time, isDryRun: false, stop: stop)
    }

    private static func ids(_ count: Int) -> [String] { (1...count).map(String.init) }

    @Test func `of a long queue one answer is hidden, and each message is delivered while it is`() async throws {
        let queue = LetterQueue(Self.ids(3_000))
        let handled = Mutex<[String]>([])
        let result = try await Self.redrive(queue).run { message in
            handled.withLock { $0.append(message.body) }
            // Ten minutes in all.
            queue.time.advance(by: .milliseconds(200))
            let hiding = try #require(queue.hiding(of: message.body))
            #expect(hiding > .zero)
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 3_000))
        let order = handled.withLock { $0 }
        #expect(order == Self.ids(3_000))
        #expect(queue.peak == 10)
    }

    @Test func `what stays of a long queue is handled once, however often it is received`() async throws {
        let queue = LetterQueue(Self.ids(100))
        let handled = Mutex(0)
        let result = try await Self.redrive(queue).run { _ in
            handled.withLock { $0 += 1 }
            queue.time.advance(by: .seconds(20))
            return .kept("no")
        }
        #expect(result == QueueRedrive.Result(kept: 100))
        let count = handled.withLock { $0 }
        #expect(count == 100)
        #expect(queue.visible.count == 100)
    }

    @Test func `a message that waits for slow ones before it is hidden anew before it is delivered`() async throws {
        let queue = LetterQueue(Self.ids(5))
        let result = try await Self.redrive(queue).run { message in
            let hiding = try #require(queue.hiding(of: message.body))
            #expect(hiding > LambdaTarget.pipeTimeout)
            queue.time.advance(by: .seconds(55))
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 5))
        #expect(queue.hiddenAnew == ["2", "3", "4", "5"])
    }

    @Test func `a message whose hiding is over is not delivered until it is received again`() async throws {
        let queue = LetterQueue(Self.ids(5))
        let handled = Mutex<[String]>([])
        let result = try await Self.redrive(queue).run { message in
            #expect(queue.hidden.contains(message.body))
            handled.withLock { $0.append(message.body) }
            if message.body == "2" {
                queue.time.advance(by: .seconds(QueueRedrive.hidingSeconds))
                return .kept("no")
            }
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 4, kept: 1))
        let order = handled.withLock { $0 }
        #expect(order == Self.ids(5))
        #expect(queue.hiddenAnew.isEmpty && queue.visible == ["2"])
    }

    @Test func `a message that cannot be hidden anew is not delivered`() async throws {
        let queue = LetterQueue(Self.ids(3), refusal: AWSError.Code(rawValue: "MessageNotInflight"))
        let result = try await Self.redrive(queue).run { _ in
            queue.time.advance(by: .seconds(55))
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 1))
        #expect(queue.hidden == ["2", "3"])
    }

    @Test func `what hides no message ends the run`() async throws {
        let queue = LetterQueue(Self.ids(3), refusal: .accessDenied)
        let error = await #expect(throws: AWSError.self) {
            try await Self.redrive(queue).run { _ in
                queue.time.advance(by: .seconds(55))
                return .delivered("yes")
            }
        }
        #expect(error?.code == .accessDenied)
    }

    /// The queue's clock against the tool's, whether somebody has looked at the letters before, and whether answers
    /// have a date.
    ///
    /// Without one nothing tells the time of letters that somebody has looked at but the tool's clock: where that is
    /// behind, young letters are left.
    @Test(arguments: [
        (0, false, true), (-120, false, true), (120, false, true), (0, true, true), (-120, true, true),
        (120, true, true), (0, false, false), (-120, false, false), (120, false, false), (0, true, false),
        (-120, true, false),
    ])
    func `what is refused again behind the first answer stays, whatever the tool's clock shows`(
        ahead: Int,
        areKnown: Bool,
        isDated: Bool
    ) async throws {
        let queue = LetterQueue(
            Self.ids(25),
            clockAhead: .seconds(ahead),
            areKnown: areKnown,
            isDated: isDated
        )
        let handled = Mutex(0)
        let result = try await Self.redrive(queue).run { message in
            let count = handled.withLock { handled in
                handled += 1
                return handled
            }
            #expect(count <= 25)
            queue.time.advance(by: .seconds(1))
            // The function's own dead letter, into the same queue.
            if count <= 25 { queue.add(message.body + "again") }
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 25, kept: 25))
        #expect(queue.visible == Set(Self.ids(25).map { $0 + "again" }))
    }

    @Test func `one answer without a message is not taken for an empty queue`() async throws {
        let queue = LetterQueue(Self.ids(15), blindReceives: [2])
        let result = try await Self.redrive(queue).run { _ in .delivered("yes") }
        #expect(result == QueueRedrive.Result(delivered: 15))
        // Two that gave messages, the blind one, and two that tell of the end.
        #expect(queue.receives == 5)
    }

    @Test func `a message that was deleted and comes all the same is deleted again`() async throws {
        let queue = LetterQueue(Self.ids(12))
        let handled = Mutex<[String]>([])
        let result = try await Self.redrive(queue).run { message in
            handled.withLock { $0.append(message.body) }
            if message.body == "12" { queue.add("1", secondsAgo: 60) }
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 12))
        let order = handled.withLock { $0 }
        #expect(order == Self.ids(12))
        #expect(queue.visible.isEmpty && queue.hidden.isEmpty)
    }

    @Test func `a queue that fills as fast as it is received ends the run, which says so`() async throws {
        let queue = LetterQueue(["1"], refill: 10)
        let result = try await Self.redrive(queue).run { _ in .delivered("yes") }
        #expect(result.isCutOff)
        // The first answer's are delivered: nothing tells them from what was there.
        #expect(result.delivered == 10)
        #expect((1_000...1_010).contains(result.kept))
        #expect(queue.hidden.isEmpty)
    }

    @Test func `a stop gives no more back than one answer, of a queue of any length`() async throws {
        let (queue, stop) = (LetterQueue(Self.ids(5_000)), StopFlag())
        let result = try await Self.redrive(queue, stop: stop).run { message in
            if message.body == "1003" { stop.set() }
            return .delivered("yes")
        }
        #expect(result == QueueRedrive.Result(delivered: 1_003, kept: 7, isStopped: true))
        #expect(queue.deadlines.count == 7)
        #expect(queue.visible.count == 3_997 && queue.hidden.isEmpty)
    }

    @Test func `what is visible again by itself is not given back`() async throws {
        let (queue, stop) = (LetterQueue(Self.ids(20)), StopFlag())
        let result = try await Self.redrive(queue, stop: stop).run { message in
            // Behind the last message of an answer.
            if ["10", "20"].contains(message.body) { queue.time.advance(by: .seconds(200)) }
            if message.body == "20" { stop.set() }
            return .kept("no")
        }
        #expect(result.isStopped && result.held == 0)
        // The first answer's are hidden for 360 s.
        #expect(queue.deadlines.count == 10)
        #expect(queue.visible.count == 20)
    }
}
