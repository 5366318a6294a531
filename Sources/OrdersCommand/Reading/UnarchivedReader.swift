internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import OrderFunctions
internal import Orders
internal import PipesRunner

/// Finds orders in the part of the stream that the archiver has not come to: an order of the last minute.
struct UnarchivedReader: Sendable {
    /// Pages of a shard that are read: the archiver is minutes behind at most, unless it fails.
    private static let maximumPages = 20
    /// In a row: by then an open shard has no more for now.
    private static let maximumEmptyPages = 2

    let stream: KinesisStreamSource
    let progress: ShardProgressReader
    let decoder: OrderRecordDecoder

    init(access: AWSAccess, resources: StackResources, decoder: OrderRecordDecoder) {
        let kinesis = KinesisClient(session: access.session)
        self.stream = KinesisStreamSource(
            client: kinesis,
            streamARN: resources.orderStreamARN,
            roleARN: "",
            filters: .all,
            time: access.time
        )
        self.progress = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: access.session),
            kinesis: kinesis,
            checkpointsTable: resources.checkpointsTable,
            streamName: resources.orderStream,
            time: access.time
        )
        self.decoder = decoder
    }

    /// The orders' records behind the archiver's checkpoints, as the archive will have them.
    func records(of ids: Set<String>) async throws -> [String: [ArchivedRecord]] {
        var found: [String: [ArchivedRecord]] = [:]
        let mention = OrderMention(of: ids)
        for line in try await self.lines() where mention.mayBe(in: line[...]) {
            guard let record = ArchivedRecord(line[...], key: "", line: 0) else { continue }
            let owners = record.orderID.map { [$0] } ?? mention.ids(in: record.content)
            for id in owners where ids.contains(id) { found[id, default: []].append(record) }
        }
        return found
    }

    /// All of them, a shard after the other.
    func lines() async throws -> [[UInt8]] {
        var lines: [[UInt8]] = []
        for shard in try await self.stream.shards() { lines += try await self.lines(of: shard.id) }
        return lines
    }

    private func lines(of shardID: String) async throws -> [[UInt8]] {
        let checkpoint = try await self.progress.archived(shardID: shardID)
        let position = checkpoint.map { ShardPosition.after(sequenceNumber: $0) } ?? .trimHorizon
        var iterator: String? = try await self.stream.iterator(shardID: shardID, position: position)
        var lines: [[UInt8]] = []
        var emptyPages = 0
        for _ in 0..<Self.maximumPages {
            guard let current = iterator, emptyPages < Self.maximumEmptyPages else { break }
            let page = try await self.stream.records(shardID: shardID, iterator: current)
            for record in page.records {
                let event = Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8)
                lines += try ArchiveLines.lines(of: event, self.decoder)
            }
            emptyPages = page.readCount == 0 ? emptyPages + 1 : 0
            iterator = page.nextIterator
        }
        return lines
    }
}
