package import AWSClient
package import AWSOperations
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

    private let sqs: SQSClient
    private let time: any TimeSource

    /// A reader that gives back what it has looked at.
    package init(sqs: SQSClient, time: any TimeSource) {
        self.sqs = sqs
        self.time = time
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
    package func peek(
        _ queueURL: String,
        limit: Int,
        waitTimeSeconds: Int = 0
    ) async throws(AWSError) -> Contents {
        var contents = Contents()
        var failure: AWSError?
        do {
            while contents.messages.count < limit {
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
        await self.release(contents.messages, queueURL)
        if let failure { throw failure }
        return contents
    }

    /// A failure only means that the message stays hidden for the rest of its 30 s.
    private func release(_ messages: [SQSMessage], _ queueURL: String) async {
        for start in stride(from: 0, to: messages.count, by: Self.concurrency) {
            let chunk = messages[start..<min(start + Self.concurrency, messages.count)]
            await withTaskGroup(of: Void.self) { group in
                for message in chunk {
                    group.addTask {
                        try? await self.sqs.changeMessageVisibility(
                            queueURL: queueURL,
                            receiptHandle: message.receiptHandle,
                            timeout: 0,
                            deadline: self.deadline
                        )
                    }
                }
            }
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
