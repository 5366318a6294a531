package import LambdaEvents
internal import Platform

/// One shard's records of an event, in the shard's order.
///
/// Lambda's batches are of one shard each; an event that a person made may hold several, which then are handled one
/// after the other as if each had come alone.
package struct ShardBatch: Sendable {
    /// The stream's name; empty if no record says.
    package let stream: String
    /// `shardId-000000000006`; empty if no record says.
    package let shardID: String
    /// The stream's ARN; empty if no record says.
    package let source: String
    /// The records ascending by sequence number, the parts of an aggregate in its order; a record without a number stands
    /// behind the one that it was delivered behind.
    package private(set) var records: [ShardRecord]

    /// The batches of an event, in the order in which their shards appear.
    ///
    /// Lambda's batches are of one shard: its name is cut out once, not for every record. Nothing is decoded of records whose
    /// event ids are `condemned`.
    package static func batches(of event: KinesisEvent, condemned: Set<String> = []) -> [ShardBatch] {
        var batches: [ShardBatch] = []
        var places: [Key: Int] = [:]
        var current: (key: Key, place: Int, record: KinesisEventRecord?)?
        for content in event.records {
            let delivered = try? content.get()
            if let current, let previous = current.record, delivered?.isOfSameShard(as: previous) == true {
                ShardRecord.append(content, condemned: condemned, to: &batches[current.place].records)
                continue
            }
            // A broken record that does not say its shard is taken for one of its neighbour's shard.
            let key = Key(content, neighbour: current?.key)
            let place = places.place(of: key, or: batches.count)
            if place == batches.count {
                let source = delivered?.eventSourceARN ?? ""
                batches.append(ShardBatch(stream: key.stream, shardID: key.shardID, source: source, records: []))
            }
            ShardRecord.append(content, condemned: condemned, to: &batches[place].records)
            current = (key, place, delivered)
        }
        for place in batches.indices { batches[place].sort() }
        return batches
    }

    private struct Key: Hashable {
        let stream: String
        let shardID: String

        init(_ content: Result<KinesisEventRecord, RecordError>, neighbour: Key?) {
            let stream: String?
            let shardID: String?
            switch content {
            case .success(let record): (stream, shardID) = (record.streamName, record.shardID)
            case .failure(let error): (stream, shardID) = (nil, error.shardID)
            }
            self.stream = stream ?? neighbour?.stream ?? ""
            self.shardID = shardID ?? neighbour?.shardID ?? ""
        }
    }

    /// A record's event id, as the event has it or as Kinesis would write it; nil where nothing says the record's place.
    func eventID(ofRecord index: Int) -> String? {
        let record = self.records[index]
        return record.eventID ?? record.sequenceNumber.map { "\(self.shardID):\($0)" }
    }

    /// When the newest of the records arrived; nil where none says it.
    var newestArrival: UTCInstant? {
        var newest: UTCInstant?
        for place in self.records.indices {
            if let arrival = self.records[place].arrival { newest = max(newest ?? arrival, arrival) }
        }
        return newest
    }

    /// The first part of the aggregate that the record is a part of; the record itself where it is no part.
    func firstPart(ofRecord index: Int) -> Int {
        guard let number = self.records[index].sequenceNumber else { return index }
        return self.records[..<index].lastIndex { $0.sequenceNumber != number }.map { $0 + 1 } ?? 0
    }

    private mutating func sort() {
        if self.isSorted { return }
        // Filled from the front, so that a record without a number keeps its place.
        var last: SequenceNumber?
        let places = self.records.enumerated().map { place, record in
            last = record.sequenceNumber ?? last
            return (number: last, place: place, record: record)
        }
        self.records = places.sorted { left, right in
            switch (left.number, right.number) {
            case (let first?, let second?) where first != second: first < second
            case (nil, .some): true
            case (.some, nil): false
            default: left.place < right.place
            }
        }.map(\.record)
    }

    /// Whether the records ascend, as Lambda delivers them; a record without a number has to be placed.
    private var isSorted: Bool {
        // By places: a loop over the records copies each of them, with all that they refer to.
        self.records.indices.dropLast().allSatisfy { place in
            guard let first = self.records[place].sequenceNumber, let second = self.records[place + 1].sequenceNumber
            else { return false }
            return first <= second
        }
    }
}
