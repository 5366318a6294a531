internal import AWSClient
internal import AWSOperations
internal import Platform

/// Where `orders send` puts its orders.
protocol OrderSender: Sendable {
    /// For messages: the topic's ARN or the stream's name.
    var destination: String { get }

    /// Sends all documents, those of one key in their order, and tells how many are done after each step.
    func send(_ documents: [OrderDocument], progress: @escaping @Sendable (Int) -> Void) async throws
}

/// Orders to SNS, one message each.
struct TopicSender: OrderSender {
    /// Requests side by side.
    private static let lanes = 8

    let client: SNSClient
    let topicARN: String
    let time: any TimeSource

    var destination: String { self.topicARN }

    func send(_ documents: [OrderDocument], progress: @escaping @Sendable (Int) -> Void) async throws {
        let lanes = Dictionary(grouping: documents) { UInt($0.key.hashValue.magnitude) % UInt(Self.lanes) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for lane in lanes.values {
                group.addTask {
                    for document in lane {
                        try await self.publish(document)
                        progress(1)
                    }
                }
            }
            try await group.waitForAll()
        }
    }

    private func publish(_ document: OrderDocument) async throws {
        do {
            try await self.client.publish(
                PublishInput(topicARN: self.topicARN, message: String(decoding: document.bytes, as: UTF8.self)),
                deadline: self.time.now + .seconds(30)
            )
        } catch {
            throw ToolError.failed("\(document.place): \(error)")
        }
    }
}

/// Orders to Kinesis, in batches.
struct StreamSender: OrderSender {
    let client: any KinesisWriting
    let streamName: String
    let time: any TimeSource

    var destination: String { self.streamName }

    func send(_ documents: [OrderDocument], progress: @escaping @Sendable (Int) -> Void) async throws {
        let writer = OrderedRecordWriter(client: self.client, streamName: self.streamName, time: self.time)
        let records = documents.map { KinesisPutRecord(data: $0.bytes, partitionKey: $0.key) }
        do {
            try await writer.put(records, progress: progress)
        } catch let failure as OrderedRecordWriter.Failure {
            throw ToolError.failed("\(documents[failure.index].place): \(failure.reason)")
        }
    }
}
