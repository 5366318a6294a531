internal import AWSClient
package import AWSOperations
package import Platform

/// What becomes of one message.
package enum MessageFate: Sendable, Equatable {
    /// Its records were accepted: the message is deleted.
    case delivered(String)
    /// It stays in the queue.
    ///
    /// The text says why.
    case kept(String)
}

/// Takes each message of a queue once and deletes those that were delivered.
package struct QueueRedrive: Sendable {
    /// How many messages were delivered (or would be) and how many stay.
    package struct Result: Sendable, Equatable {
        /// How many messages were delivered, or would be.
        package var delivered = 0
        /// How many messages stay in the queue.
        package var kept = 0

        /// A result; by default of no message.
        package init(delivered: Int = 0, kept: Int = 0) {
            self.delivered = delivered
            self.kept = kept
        }
    }

    private let sqs: any SQSReceiving
    private let queueURL: String
    private let time: any TimeSource
    private let isDryRun: Bool

    /// A dry run shows what would be done: nothing is delivered or deleted.
    package init(sqs: any SQSReceiving, queueURL: String, time: any TimeSource, isDryRun: Bool) {
        self.sqs = sqs
        self.queueURL = queueURL
        self.time = time
        self.isDryRun = isDryRun
    }

    /// Hands every message that is in the queue at the start to `handle`, one after the other.
    ///
    /// All are received before the first is handled: a function that still cannot use a record sends it to the same
    /// queue again, and that message would be delivered, refused and sent without end. Such newcomers are counted among
    /// those that stay. What stays can be received again as soon as this returns or throws.
    package func run(
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate
    ) async throws -> Result {
        var hidden: [String: SQSMessage] = [:]
        do {
            let result = try await self.run(handle, &hidden)
            await self.release(hidden.values)
            return result
        } catch {
            await self.release(hidden.values)
            throw error
        }
    }

    private func run(
        _ handle: @Sendable (SQSMessage) async throws -> MessageFate,
        _ hidden: inout [String: SQSMessage]
    ) async throws -> Result {
        var result = Result()
        var seen: Set<String> = []
        for message in try await self.receiveAll(&hidden, &seen) {
            switch try await handle(message) {
            case .delivered(let text):
                result.delivered += 1
                Console.note("\(message.messageID): \(text)")
                guard !self.isDryRun else { continue }
                try await self.sqs.deleteMessage(
                    queueURL: self.queueURL,
                    // The newest one: by a former receipt SQS may delete nothing.
                    receiptHandle: hidden[message.messageID]?.receiptHandle ?? message.receiptHandle,
                    deadline: self.deadline
                )
                hidden[message.messageID] = nil
            case .kept(let reason):
                result.kept += 1
                Console.note("\(message.messageID): left in the queue: \(reason)")
            }
        }
        guard result.delivered > 0, !self.isDryRun else { return result }
        for message in try await self.receiveAll(&hidden, &seen) {
            result.kept += 1
            Console.note(
                "\(message.messageID): came into the queue meanwhile: a record refused again, or a new failure"
            )
        }
        return result
    }

    /// Every message not seen before, in the order they come.
    private func receiveAll(
        _ hidden: inout [String: SQSMessage],
        _ seen: inout Set<String>
    ) async throws -> [SQSMessage] {
        var all: [SQSMessage] = []
        var known = 0
        // Until none can be seen, or all that are known have been seen once more.
        while known <= seen.count {
            let messages = try await self.sqs.receiveMessage(
                ReceiveMessageInput(
                    queueURL: self.queueURL,
                    waitTimeSeconds: 1,
                    // Long enough for a function's 5 minutes.
                    visibilityTimeout: 360
                ),
                deadline: self.deadline
            )
            guard !messages.isEmpty else { return all }
            for message in messages {
                let isNew = seen.insert(message.messageID).inserted
                if isNew { all.append(message) } else { known += 1 }
                // One that was hidden for too short a time has another receipt now. One that was deleted, and comes all the same,
                // stays deleted.
                if isNew || hidden[message.messageID] != nil { hidden[message.messageID] = message }
            }
        }
        return all
    }

    /// A failure only means that the messages are hidden for the rest of their 6 minutes.
    private func release(_ messages: some Sequence<SQSMessage>) async {
        for message in messages {
            do {
                try await self.sqs.changeMessageVisibility(
                    queueURL: self.queueURL,
                    receiptHandle: message.receiptHandle,
                    timeout: 0,
                    deadline: self.deadline
                )
            } catch {
                Console.note("\(message.messageID): stays hidden for some minutes: \(error)")
            }
        }
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
