package import AWSClient
package import AWSOperations
package import PipesRunner
package import Platform

/// How many messages a queue holds, which SQS tells approximately.
package struct QueueDepth: Sendable, Equatable {
    /// To be received.
    package let visible: Int
    /// Received, and neither deleted nor visible again.
    package let inFlight: Int
    /// Not to be received yet.
    package let delayed: Int

    /// The depth of a queue, by default without delayed messages.
    package init(visible: Int, inFlight: Int, delayed: Int = 0) {
        self.visible = visible
        self.inFlight = inFlight
        self.delayed = delayed
    }

    /// All messages, whether they can be received or not.
    package var total: Int { self.visible + self.inFlight + self.delayed }
}

/// Reads queues without taking anything out of them.
package struct QueueReader: Sendable {
    /// What a look into a queue found.
    package struct Contents: Sendable, Equatable {
        /// The messages, each once.
        package var messages: [SQSMessage] = []
        /// Whether the look ended at its limit, so that there may be more.
        package var isCutOff = false

        /// Nothing found yet.
        package init() {}
    }

    /// Seconds that a message is hidden while the look lasts: a look that dies hides nothing for longer.
    private static let hidingSeconds = 30
    /// Requests side by side that make messages visible again.
    private static let concurrency = 8
    /// Seconds that a request for that may take: so long a stop waits where nothing answers.
    private static let releaseSeconds = 3

    private let sqs: SQSClient
    private let time: any TimeSource
    private let executor: (any TaskExecutor)?

    /// A reader that gives back what it has looked at; `executor` is the loop of the client's transport, if it has one.
    package init(sqs: SQSClient, time: any TimeSource, executor: (any TaskExecutor)? = nil) {
        self.sqs = sqs
        self.time = time
        self.executor = executor
    }

    init(access: AWSAccess) {
        self.init(sqs: SQSClient(session: access.session), time: access.time, executor: access.loop)
    }

    /// How many messages there are.
    package func depth(of queueURL: String) async throws(AWSError) -> QueueDepth {
        let names = ["", "NotVisible", "Delayed"].map { "ApproximateNumberOfMessages\($0)" }
        let attributes = try await self.sqs.getQueueAttributes(
            queueURL: queueURL,
            names: names,
            deadline: self.deadline
        )
        let numbers = names.map { attributes[$0].flatMap { Int($0) } ?? 0 }
        return QueueDepth(visible: numbers[0], inFlight: numbers[1], delayed: numbers[2])
    }

    /// At most `limit` messages, which are visible again when this returns or throws.
    ///
    /// For dead-letter queues that nobody reads: SQS counts a look as a receive, and of a live queue it would dead-letter
    /// the message after a few. Messages are hidden while the look lasts, since SQS would else give the same ones again.
    /// With `waitTimeSeconds` SQS looks on all of its servers, so that no message is left out that is visible.
    /// A look ends with the request in which `stop` is set.
    package func peek(
        _ queueURL: String,
        limit: Int,
        waitTimeSeconds: Int = 0,
        stop: StopFlag? = nil
    ) async throws(AWSError) -> Contents {
        var contents = Contents()
        var failure: AWSError?
        do {
            while contents.messages.count < limit, stop?.isSet != true {
                let messages = try await self.sqs.receiveMessage(
                    ReceiveMessageInput(
                        queueURL: queueURL,
                        waitTimeSeconds: waitTimeSeconds,
                        visibilityTimeout: Self.hidingSeconds
                    ),
                    deadline: self.deadline
                )
                let known = Set(contents.messages.map(\.messageID))
                let new = messages.filter { !known.contains($0.messageID) }
                if new.isEmpty { break }
                contents.messages += new
            }
            contents.isCutOff = contents.messages.count >= limit
        } catch {
            failure = error
        }
        // In a task of its own, which is waited for: a stop may have cancelled this one, of which no request is sent
        // then. Such a task does not inherit the executor, and a transport works on its loop alone.
        let messages = contents.messages
        await Task(executorPreference: self.executor) { await self.release(messages, queueURL) }.value
        if let failure { throw failure }
        return contents
    }

    /// A failure only means that the message stays hidden for the rest of its 30 s.
    ///
    /// Where all requests of a round fail, the rest is left: each round might last as long.
    private func release(_ messages: [SQSMessage], _ queueURL: String) async {
        for start in stride(from: 0, to: messages.count, by: Self.concurrency) {
            let chunk = messages[start..<min(start + Self.concurrency, messages.count)]
            let isAnyReleased = await withTaskGroup(of: Bool.self) { group in
                for message in chunk {
                    group.addTask { await self.release(message, queueURL) }
                }
                var isAnyReleased = false
                for await isReleased in group where isReleased { isAnyReleased = true }
                return isAnyReleased
            }
            guard isAnyReleased else { return }
        }
    }

    /// Says whether the message is visible again.
    private func release(_ message: SQSMessage, _ queueURL: String) async -> Bool {
        do {
            try await self.sqs.changeMessageVisibility(
                queueURL: queueURL,
                receiptHandle: message.receiptHandle,
                timeout: 0,
                deadline: self.time.now + .seconds(Self.releaseSeconds)
            )
            return true
        } catch {
            return false
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
