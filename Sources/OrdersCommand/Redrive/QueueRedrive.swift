internal import AWSClient
internal import Platform

/// What becomes of one message.
enum MessageFate: Sendable, Equatable {
    /// Its records were accepted: the message is deleted.
    case delivered(String)
    /// It stays in the queue.
    ///
    /// The text says why.
    case kept(String)
}

/// Takes each message of a queue once and deletes those that were delivered.
struct QueueRedrive: Sendable {
    let sqs: any SQSOperations
    let queueURL: String
    let time: any TimeSource
    /// Shows what would be done: nothing is delivered or deleted.
    let isDryRun: Bool

    /// How many messages were delivered (or would be) and how many stay.
    struct Result: Sendable, Equatable {
        var delivered = 0
        var kept = 0
    }

    func run(
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate
    ) async throws -> Result {
        var result = Result()
        var seen: Set<String> = []
        while true {
            let messages = try await self.sqs.receiveMessage(
                ReceiveMessageInput(
                    queueURL: self.queueURL,
                    waitTimeSeconds: 1,
                    // Long enough for a function's 5 minutes; a look needs the messages for seconds only.
                    visibilityTimeout: self.isDryRun ? 10 : 360
                ),
                deadline: self.time.now + .seconds(30)
            )
            let new = messages.filter { seen.insert($0.messageID).inserted }
            guard !new.isEmpty else { return result }
            for message in new {
                switch try await handle(message) {
                case .delivered(let text):
                    result.delivered += 1
                    Console.note("\(message.messageID): \(text)")
                    if !self.isDryRun { try await self.delete(message) }
                case .kept(let reason):
                    result.kept += 1
                    Console.note("\(message.messageID): left in the queue: \(reason)")
                }
            }
        }
    }

    private func delete(_ message: SQSMessage) async throws {
        try await self.sqs.deleteMessage(
            queueURL: self.queueURL,
            receiptHandle: message.receiptHandle,
            deadline: self.time.now + .seconds(30)
        )
    }
}
