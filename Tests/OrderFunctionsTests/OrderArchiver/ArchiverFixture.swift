import AWSClient
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// The archiver in front of services in memory.
struct ArchiverFixture: Sendable {
    let faults = FaultInjector()
    let time = ManualTime()
    let dynamoDB: InMemoryDynamoDB
    let s3: InMemoryS3
    let archiver: OrderArchiver
    let logs = LogRecorder()

    init(seed: UInt64 = 1) throws {
        self.dynamoDB = InMemoryDynamoDB(
            keys: ["Orders": ["orderId"], "Checkpoints": ["checkpoint"]],
            faults: self.faults
        )
        self.s3 = InMemoryS3(faults: self.faults)
        let retry = TransientRetry(time: self.time, random: SeededRandom(seed: seed))
        let normal = try #require(AmountThreshold("100"))
        let premium = try #require(AmountThreshold("1000"))
        let bands = try #require(AmountBands(normalMinimum: normal, premiumMinimum: premium))
        self.archiver = OrderArchiver(
            archive: Archive(bucket: "archive", s3: self.s3, retry: retry),
            orders: OrdersTable(name: "Orders", bands: bands, dynamoDB: self.dynamoDB, retry: retry),
            checkpoints: CheckpointsTable(
                name: "Checkpoints",
                function: OrderArchiver.name,
                dynamoDB: self.dynamoDB,
                time: self.time
            ),
            retry: retry,
            time: self.time
        )
    }

    /// Delivers the records; gives the sequence numbers that are reported.
    @discardableResult
    func deliver(_ records: some Sequence<StreamedRecord>, timeLeft: Duration = .seconds(60)) async throws -> [String] {
        let context = self.logs.context(deadline: self.time.now + timeLeft)
        return try failures(in: try await self.archiver.handle(StreamedRecord.event(records), context: context))
    }

    /// Every archived line, in the order of the objects' names, each with its newline.
    func lines() throws -> [String] {
        try self.s3.contents.sorted { $0.key < $1.key }.flatMap { _, object in
            let text = String(decoding: try #require(gunzip(object.body)), as: UTF8.self)
            #expect(text.last == "\n")
            return text.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map { String($0) + "\n" }
        }
    }

    func checkpoint(_ shardID: String = "shardId-000000000000") -> String? {
        self.dynamoDB.item(of: "Checkpoints", "OrderArchiver#orders#\(shardID)")?["sequenceNumber"]?.string
    }
}
