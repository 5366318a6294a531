internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import OrderFunctions
package import Orders
package import PipesRunner
package import Platform

/// Finds orders in the part of the stream that the archiver has not come to: an order of the last minute.
package struct UnarchivedReader: Sendable {
    /// In a row, of a server that does not say whether there is more: by then an open shard has none for now.
    private static let maximumEmptyPages = 2

    /// Where no shard has given a record: each gives five reads a second, and both functions take one of them.
    private static let rest = Duration.milliseconds(350)

    /// What was found of orders.
    package struct Found: Sendable {
        /// The orders' records, as the archive will have them, by order id; a shard's after the other's.
        package let records: [OrderID: [ArchivedRecord]]
        /// How far the stream was read.
        package let look: StreamLook
    }

    let stream: KinesisStreamSource
    let progress: ShardProgressReader
    let decoder: OrderRecordDecoder
    let time: any TimeSource

    /// A reader of that stream, as far as `progress` does not say that it is archived; `decoder` is the archiver's.
    package init(
        stream: KinesisStreamSource,
        progress: ShardProgressReader,
        decoder: OrderRecordDecoder,
        time: any TimeSource
    ) {
        self.stream = stream
        self.progress = progress
        self.decoder = decoder
        self.time = time
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
        self.time = access.time
    }

    /// The orders' records behind the archiver's checkpoints; shards that give none are read for `patience`.
    package func records(of ids: Set<OrderID>, within patience: Duration) async throws -> Found {
        var found: [OrderID: [ArchivedRecord]] = [:]
        let mention = OrderMention(of: ids)
        let read = try await self.forEachLine(behind: try await self.archived(), within: patience) { line in
            guard mention.mayBe(inArchiveLine: line[...]), let record = ArchivedRecord(line[...], key: "", line: 0)
            else { return }
            for id in record.orderIDs(by: mention) where ids.contains(id) { found[id, default: []].append(record) }
        }
        let records = found.mapValues { records in
            Dictionary(grouping: records, by: { $0.shardID }).sorted { $0.key < $1.key }.flatMap { $0.value }
        }
        let (seconds, ended) = (patience.components.seconds, read.shards - read.unread)
        let look = read.unread == 0 ? .whole : StreamLook.part(ended: ended, shards: read.shards, seconds: seconds)
        return Found(records: records, look: look)
    }

    /// The last record of each shard that the archiver says is archived, as the stream writes its number.
    func archived() async throws -> [String: String] {
        var last: [String: String] = [:]
        for shard in try await self.stream.shards() {
            last[shard.id] = try await self.progress.archived(shardID: shard.id)
        }
        return last
    }

    /// Hands each line to `body` that the archive will have of what is in the stream by now, and gives the number of
    /// shards, and of those that gave no more, and whose ends were not reached within `patience`; without one there is
    /// none of these.
    ///
    /// `known` are the last records that the caller has, by shard, as the stream writes their numbers; of another shard
    /// all are new. The shards are read in turns, a page of each: an empty stretch takes many reads (`ShardReading`),
    /// and one shard after the other would take as many times longer as there are shards. A shard that refuses a read,
    /// since others read it as well, rests for longer and is read on. Another look goes on in `kept`, where it wants what
    /// comes behind the last record there, and finds shards without new records at their ends.
    @discardableResult
    package func forEachLine(
        behind known: [String: String],
        within patience: Duration? = nil,
        from kept: inout UnarchivedPlaces,
        _ body: ([UInt8]) -> Void
    ) async throws -> (shards: Int, unread: Int) {
        let end = patience.map { self.time.uptime + $0 }
        let shards = try await self.stream.shards()
        let count = shards.count
        var ended: [UnarchivedPlace] = []
        var places = shards.map { kept.place(shardID: $0.id, behind: known[$0.id]) }.filter { !$0.isClosed }
        let unit = "shards of the order stream read to their ends"
        let progress = ProgressNote(unit: unit, total: count, interval: .seconds(5))
        while !places.isEmpty {
            var (left, isIdle): ([UnarchivedPlace], Bool) = ([], true)
            for var place in places {
                guard let page = try await self.page(at: &place) else {
                    left.append(place)
                    continue
                }
                if page.readCount > 0 { isIdle = false }
                for record in page.records {
                    let event = Array(#"{"Records":["#.utf8) + record.json + Array("]}".utf8)
                    for line in try ArchiveLines.lines(of: event, self.decoder) { body(line) }
                }
                // Pages without records occur in the middle, too.
                let isEnded = page.isLatest == true || page.nextIterator == nil
                if isEnded || place.emptyPages >= Self.maximumEmptyPages {
                    ended.append(place)
                } else {
                    left.append(place)
                }
            }
            places = left
            progress.update(count - places.count)
            if end == nil, !places.isEmpty {
                // Others take minutes, in which the places of these would be lost.
                let now = self.time.now
                places += ended.filter { $0.isAging(at: now) }
                ended.removeAll { $0.isAging(at: now) }
            }
            // What gives records is read on, however long it takes.
            guard isIdle, !places.isEmpty else { continue }
            if let end, self.time.uptime >= end { break }
            try await self.time.sleep(for: Self.rest)
        }
        for place in ended + places { kept.keep(place) }
        return (count, places.count)
    }

    /// The same once, without another look.
    @discardableResult
    func forEachLine(
        behind known: [String: String],
        within patience: Duration? = nil,
        _ body: ([UInt8]) -> Void
    ) async throws -> (shards: Int, unread: Int) {
        var places = UnarchivedPlaces()
        return try await self.forEachLine(behind: known, within: patience, from: &places, body)
    }

    /// Nil where the shard rests, or refuses a read.
    private func page(at place: inout UnarchivedPlace) async throws -> StreamPage? {
        // A task that is cancelled does not rest: its next request fails.
        guard place.rest.isOver(at: self.time.uptime) || Task.isCancelled else { return nil }
        do {
            let iterator: String
            if let kept = place.iterator(at: self.time.now) {
                iterator = kept
            } else {
                iterator = try await self.stream.iterator(shardID: place.shardID, position: place.position)
                place.keep(iterator, at: self.time.now)
            }
            let page = try await self.stream.records(shardID: place.shardID, iterator: iterator)
            place.take(page, at: self.time.now)
            return page
        } catch let error as AWSError where error.isThrottling {
            place.rest.begin(at: self.time.uptime)
            return nil
        }
    }
}
