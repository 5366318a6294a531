internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import OrderFunctions
package import Orders
package import PipesRunner

/// Finds orders in the part of the stream that the archiver has not come to: an order of the last minute.
package struct UnarchivedReader: Sendable {
    /// In a row, of a server that does not say whether there is more: by then an open shard has none for now.
    private static let maximumEmptyPages = 2

    let stream: KinesisStreamSource
    let progress: ShardProgressReader
    let decoder: OrderRecordDecoder

    /// A reader of that stream, as far as `progress` does not say that it is archived; `decoder` is the archiver's.
    package init(stream: KinesisStreamSource, progress: ShardProgressReader, decoder: OrderRecordDecoder) {
        self.stream = stream
        self.progress = progress
        self.decoder = decoder
    }

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
    package func records(of ids: Set<String>) async throws -> [String: [ArchivedRecord]] {
        var found: [String: [ArchivedRecord]] = [:]
        let mention = OrderMention(of: ids)
        try await self.forEachLine(behind: try await self.archived()) { line in
            guard mention.mayBe(inArchiveLine: line[...]), let record = ArchivedRecord(line[...], key: "", line: 0)
            else { return }
            for id in record.orderIDs(by: mention) where ids.contains(id) { found[id, default: []].append(record) }
        }
        return found
    }

    /// The last record of each shard that the archiver says is archived, as the stream writes its number.
    func archived() async throws -> [String: String] {
        var last: [String: String] = [:]
        for shard in try await self.stream.shards() {
            last[shard.id] = try await self.progress.archived(shardID: shard.id)
        }
        return last
    }

    /// Hands each line to `body` that the archive will have of what is in the stream by now, a shard after the other.
    ///
    /// `known` are the last records that the caller has, by shard, as the stream writes their numbers; of another shard all
    /// are new.
    func forEachLine(behind known: [String: String], _ body: ([UInt8]) -> Void) async throws {
        for shard in try await self.stream.shards() {
            let position = known[shard.id].map { ShardPosition.after(sequenceNumber: $0) } ?? .trimHorizon
            var iterator: String? = try await self.stream.iterator(shardID: shard.id, position: position)
            var emptyPages = 0
            while let current = iterator, emptyPages < Self.maximumEmptyPages {
                let page = try await self.stream.records(shardID: shard.id, iterator: current)
                for record in page.records {
                    let event = Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8)
                    for line in try ArchiveLines.lines(of: event, self.decoder) { body(line) }
                }
                // Pages without records occur in the middle, too.
                if page.isLatest == true { break }
                emptyPages = page.readCount == 0 && page.isLatest == nil ? emptyPages + 1 : 0
                iterator = page.nextIterator
            }
        }
    }
}
