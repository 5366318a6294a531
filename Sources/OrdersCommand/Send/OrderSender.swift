internal import AWSClient
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

    let client: any SNSOperations
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
    /// PutRecords takes 500 records and 10 MiB; the bytes leave room for keys.
    private static let maximumRecords = 500
    private static let maximumBytes = 5 * 1_024 * 1_024
    /// After that many tries the stream is not just busy.
    private static let maximumAttempts = 8

    let client: any KinesisOperations
    let streamName: String
    let time: any TimeSource

    var destination: String { self.streamName }

    func send(_ documents: [OrderDocument], progress: @escaping @Sendable (Int) -> Void) async throws {
        for batch in Self.batches(documents) {
            try await self.put(batch, progress: progress)
        }
    }

    static func batches(_ documents: [OrderDocument]) -> [ArraySlice<OrderDocument>] {
        var batches: [ArraySlice<OrderDocument>] = []
        var start = documents.startIndex
        var bytes = 0
        for index in documents.indices {
            let size = documents[index].bytes.count + documents[index].key.utf8.count
            if index > start && (index - start == self.maximumRecords || bytes + size > self.maximumBytes) {
                batches.append(documents[start..<index])
                start = index
                bytes = 0
            }
            bytes += size
        }
        return documents.isEmpty ? [] : batches + [documents[start...]]
    }

    /// Sends a batch; single records that the stream refuses, as it does when throttled, are sent again.
    private func put(_ batch: ArraySlice<OrderDocument>, progress: @Sendable (Int) -> Void) async throws {
        var rest = Array(batch)
        for attempt in 1...Self.maximumAttempts {
            let results: [KinesisPutResult]
            do {
                results = try await self.client.putRecords(
                    streamName: self.streamName,
                    records: rest.map { KinesisPutRecord(data: $0.bytes, partitionKey: $0.key) },
                    deadline: self.time.now + .seconds(30)
                )
            } catch {
                throw ToolError.failed("\(rest.first?.place ?? ""): \(error)")
            }
            let failed = zip(rest, results).filter { if case .failed = $0.1 { true } else { false } }
            progress(rest.count - failed.count)
            guard let first = failed.first else { return }
            if attempt == Self.maximumAttempts, case .failed(let code, let message) = first.1 {
                throw ToolError.failed("\(first.0.place): \(code): \(message), \(attempt) times")
            }
            rest = failed.map(\.0)
            try await self.time.sleep(for: .milliseconds(100) * (1 << attempt))
        }
    }
}
