internal import AWSClient
package import AWSOperations
package import PipesRunner
package import Platform

/// What becomes of one message.
package enum MessageFate: Sendable, Equatable {
    /// Its records were accepted: the message is deleted.
    case delivered(String)
    /// It stays in the queue.
    ///
    /// The text says why.
    case kept(String)
    /// It stays in the queue, since the function that takes it could not be reached, or did not answer in time.
    ///
    /// Says nothing of the message, and of the next ones that they may last as long and end in the same way.
    case unreached(String)
}

/// Takes each message of a queue once and deletes those that were delivered.
package struct QueueRedrive: Sendable {
    /// How many messages were delivered (or would be) and how many stay.
    package struct Result: Sendable, Equatable {
        /// How many messages were delivered, or would be.
        package var delivered = 0
        /// How many of the messages that were received stay in the queue.
        package var kept = 0
        /// Whether a stop ended the run, so that there may be messages that it has not received.
        package var isStopped = false
        /// How many messages could not be made visible again, and stay hidden for some minutes.
        package var held = 0
        /// Whether the run ended although the queue had more to give.
        package var isCutOff = false

        /// A result; by default of no message.
        package init(
            delivered: Int = 0,
            kept: Int = 0,
            isStopped: Bool = false,
            held: Int = 0,
            isCutOff: Bool = false
        ) {
            self.delivered = delivered
            self.kept = kept
            self.isStopped = isStopped
            self.held = held
            self.isCutOff = isCutOff
        }
    }

    /// How far a run has come.
    private struct Progress {
        var result = Result()
        var ledger = RedriveLedger()
        /// Whether the function of the message before was not reached.
        var isLastUnreached = false
    }

    /// Seconds that a message is hidden after it was received.
    package static let hidingSeconds = RedriveLedger.hidingSeconds
    /// Requests side by side that make messages visible again.
    private static let concurrency = 8
    /// For each such round; behind a failure or a stop, for all of them together: so long an end waits where nothing
    /// answers.
    private static let releaseTime = Duration.seconds(10)
    /// SQS's errors that are about one receipt: its message is not hidden by it any more, or is gone.
    private static let codesOfReceipts: Set<String> = [
        "InvalidParameterValue", "InvalidParameterValueException", "MessageNotInflight", "ReceiptHandleIsInvalid",
    ]

    private let sqs: any SQSReceiving
    private let queueURL: String
    private let time: any TimeSource
    private let isDryRun: Bool
    private let stop: StopFlag
    private let executor: (any TaskExecutor)?
    private let onFailure: @Sendable (any Error) -> Void

    /// A dry run shows what would be done: nothing is delivered or deleted.
    ///
    /// - Parameters:
    ///   - stop: ends the run behind the message at hand.
    ///   - executor: the loop of the client's transport, if it has one.
    ///   - onFailure: hears of what ends the run before the rest of the messages is made visible again, which lasts
    ///     where nothing answers.
    package init(
        sqs: any SQSReceiving,
        queueURL: String,
        time: any TimeSource,
        isDryRun: Bool,
        stop: StopFlag = StopFlag(),
        executor: (any TaskExecutor)? = nil,
        onFailure: @escaping @Sendable (any Error) -> Void = { _ in }
    ) {
        self.sqs = sqs
        self.queueURL = queueURL
        self.time = time
        self.isDryRun = isDryRun
        self.stop = stop
        self.executor = executor
        self.onFailure = onFailure
    }

    /// Hands every message that is in the queue at the start to `handle`, one after the other.
    ///
    /// Each answer of SQS is handled before the next one is asked for. A function that still cannot use a record sends
    /// it to the same queue again, and that message would be delivered, refused and sent without end: what was sent
    /// after the start is counted among those that stay. What stays can be received again as soon as this returns or
    /// throws.
    package func run(
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate
    ) async throws -> Result {
        var progress = Progress()
        do {
            while progress.ledger.end == nil, !self.isStopped(&progress) {
                try await self.runAnswer(handle, &progress)
            }
        } catch let error where self.stop.isSet && error.isCancellation {
            progress.result.isStopped = true
        } catch {
            self.onFailure(error)
            await self.showAgain(progress.ledger.held(at: self.time.uptime), hasFailed: true)
            throw error
        }
        if progress.result.isStopped {
            progress.result.kept = progress.ledger.seenCount - progress.result.delivered
        } else {
            progress.result.isCutOff = Self.noteCutOff(progress.ledger.end)
        }
        progress.result.held = await self.showAgain(progress.ledger.held(at: self.time.uptime))
        return progress.result
    }

    /// Receives some messages, and handles them.
    private func runAnswer(
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate,
        _ progress: inout Progress
    ) async throws {
        let asked = self.time.uptime
        let answer = try await self.sqs.receive(
            ReceiveMessageInput(
                queueURL: self.queueURL,
                waitTimeSeconds: 1,
                visibilityTimeout: Self.hidingSeconds
            ),
            deadline: self.deadline
        )
        let answered = self.time.uptime
        let turns = progress.ledger.received(
            answer.messages,
            date: answer.date,
            asked: asked,
            answered: answered,
            now: self.time.now
        )
        for (message, turn) in zip(answer.messages, turns) {
            guard !self.isStopped(&progress) else { return }
            switch turn {
            case .handle:
                guard try await self.isStillHidden(message, &progress) else { continue }
                try await self.settle(message, handle, &progress)
            case .leaveNewcomer:
                progress.result.kept += 1
                Console.note(
                    "\(message.messageID): came into the queue meanwhile: a record refused again, or a new failure"
                )
            case .deleteAgain: try await self.delete(message, &progress)
            case .hold: continue
            }
        }
    }

    /// Whether the message is hidden for as long as its function may take; hides it anew where that takes a request.
    ///
    /// SQS hides a message for 12 hours in all from its receipt on; the few of one answer come nowhere near.
    private func isStillHidden(_ message: SQSMessage, _ progress: inout Progress) async throws -> Bool {
        let asked = self.time.uptime
        switch progress.ledger.readiness(of: message.messageID, at: asked) {
        case .handle: return true
        case .forget:
            progress.ledger.forget(message.messageID)
            return false
        case .hideAnew:
            do {
                try await self.sqs.changeMessageVisibility(
                    queueURL: self.queueURL,
                    receiptHandle: progress.ledger.receiptHandle(of: message.messageID) ?? message.receiptHandle,
                    timeout: Self.hidingSeconds,
                    deadline: self.deadline
                )
            } catch {
                guard Self.codesOfReceipts.contains(error.code.rawValue) else { throw error }
                progress.ledger.forget(message.messageID)
                return false
            }
            progress.ledger.hiddenAnew(message.messageID, at: asked)
            return true
        }
    }

    /// Handles one message, and deletes it if it was delivered.
    private func settle(
        _ message: SQSMessage,
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate,
        _ progress: inout Progress
    ) async throws {
        let wasUnreached = progress.isLastUnreached
        progress.isLastUnreached = false
        switch try await handle(message) {
        case .delivered(let text):
            Self.note(message, text)
            if !self.isDryRun { try await self.delete(message, &progress) }
            progress.result.delivered += 1
        case .kept(let reason):
            progress.result.kept += 1
            Self.note(message, "left in the queue: \(reason)")
        case .unreached(let reason):
            // After a stop it is the request at hand that was cut short.
            guard !wasUnreached || self.stop.isSet else {
                let failure = TerminalText.escaped("\(message.messageID): \(reason)")
                throw ToolError.failed("\(failure); the message before it failed alike, so the rest is not tried")
            }
            progress.isLastUnreached = true
            progress.result.kept += 1
            Self.note(message, "left in the queue: \(reason)")
        }
    }

    /// In one line, whatever the message, its object and its function are called: no line is made up by a name.
    private static func note(_ message: SQSMessage, _ text: String) {
        Console.note(TerminalText.escaped("\(message.messageID): \(text)"))
    }

    private func delete(_ message: SQSMessage, _ progress: inout Progress) async throws {
        try await self.sqs.deleteMessage(
            queueURL: self.queueURL,
            receiptHandle: progress.ledger.receiptHandle(of: message.messageID) ?? message.receiptHandle,
            deadline: self.deadline
        )
        progress.ledger.deleted(message.messageID)
    }

    /// Says why a run ended although the queue had more to give; false where it had not.
    private static func noteCutOff(_ end: RedriveLedger.End?) -> Bool {
        switch end {
        case .empty?, nil: return false
        case .flooded?:
            Console.note("so much comes into the queue meanwhile that there may be more behind it: run it again")
        case .overtaken?:
            Console.note("what is left comes again faster than it can be kept hidden: there may be more behind it")
        case .full?:
            Console.note(
                "\(RedriveLedger.maximumHeld.counting("message")) are hidden, near the most that SQS hides of a queue: "
                    + "what is behind them was not received"
            )
        }
        return true
    }

    /// Notes a stop where there is something left to do.
    private func isStopped(_ progress: inout Progress) -> Bool {
        if self.stop.isSet { progress.result.isStopped = true }
        return progress.result.isStopped
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}

/// The end of a run, when what was not deleted is given back.
extension QueueRedrive {
    /// Messages that could not be made visible again.
    private struct Held: Sendable {
        let count: Int
        /// What the first of them failed with.
        let failure: AWSError
    }

    /// Gives how many stay hidden: a failure only means that they do for the rest of their 6 minutes.
    @discardableResult
    private func showAgain(_ messages: [RedriveLedger.Held], hasFailed: Bool = false) async -> Int {
        // In a task of its own, which is waited for: a stop may have cancelled this one, of which no request is sent
        // then. Such a task does not inherit the executor, and a transport works on its loop alone.
        let held = await Task(executorPreference: self.executor) { await self.release(messages, hasFailed) }.value
        guard let held else { return 0 }
        let verb = held.count == 1 ? "stays" : "stay"
        Console.note(
            "\(held.count.counting("message")) \(verb) hidden for up to \(Self.hidingSeconds / 60) minutes: "
                + "\(held.failure)"
        )
        return held.count
    }

    /// The first failure that is not about one receipt alone ends it: the next ones would fail, and last, as it did.
    private func release(_ messages: [RedriveLedger.Held], _ hasFailed: Bool) async -> Held? {
        // Set where somebody waits for the end.
        var last: UTCInstant?
        for start in stride(from: 0, to: messages.count, by: Self.concurrency) {
            let end = min(start + Self.concurrency, messages.count)
            let limit = self.time.now + Self.releaseTime
            if last == nil, hasFailed || self.stop.isSet { last = limit }
            let deadline = last ?? limit
            let failures = await withTaskGroup(of: AWSError?.self) { group -> [AWSError] in
                for message in messages[start..<end] {
                    group.addTask { await self.release(message, before: deadline) }
                }
                var failures: [AWSError] = []
                for await failure in group {
                    if let failure { failures.append(failure) }
                }
                return failures
            }
            if let failure = failures.first {
                return Held(count: failures.count + messages.count - end, failure: failure)
            }
        }
        return nil
    }

    /// Why nothing can be made visible again; nil where this message is, or will never be by its receipt.
    private func release(_ message: RedriveLedger.Held, before deadline: UTCInstant) async -> AWSError? {
        do {
            try await self.sqs.changeMessageVisibility(
                queueURL: self.queueURL,
                receiptHandle: message.receiptHandle,
                timeout: 0,
                deadline: deadline
            )
            return nil
        } catch {
            guard Self.codesOfReceipts.contains(error.code.rawValue) else { return error }
            Console.note("\(message.messageID): may stay hidden for some minutes: \(error)")
            return nil
        }
    }
}
