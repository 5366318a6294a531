internal import JSONText

/// The API of a table's stream: shards that end and have children, iterators that expire, changes that leave at the trim
/// horizon.
package struct SimulatedTableStream {
    private struct Shard {
        let id: String
        let parent: String?
        /// The hashes of the keys that it takes.
        let hashes: ClosedRange<UInt64>
        /// Its changes, by their places among the table's.
        var numbers: [Int] = []
        /// How many of them have left it.
        var trimmed = 0
        var isClosed = false
    }

    /// Iterators are good for 15 minutes.
    private static let iteratorLife: Int64 = 900 * 1_000_000_000
    /// Shards that one answer of `DescribeStream` has at most: few, so that clients have to page.
    private static let descriptionPage = 3

    private let arn: String
    private var shards: [Shard] = []
    /// How many of the table's changes are in a shard.
    private var taken = 0
    /// The changes that have left the stream, by their places among the table's.
    package private(set) var trimmed: Set<Int> = []

    /// A stream that so many shards share to begin with.
    package init(arn: String, shards count: UInt64) {
        self.arn = arn
        let width = UInt64.max / count
        for index in 0..<count {
            self.add(index * width...(index == count - 1 ? .max : (index + 1) * width - 1), parent: nil)
        }
    }

    private static let firstSequenceNumber = 100_000_000_000

    /// The sequence number of a change by its place among the table's.
    package static func sequenceNumber(_ number: Int) -> String { String(self.firstSequenceNumber + number) }

    /// The place of a change by its sequence number.
    package static func number(_ sequenceNumber: String) -> Int? {
        Int(sequenceNumber).map { $0 - self.firstSequenceNumber }
    }

    private mutating func add(_ hashes: ClosedRange<UInt64>, parent: String?) {
        let number = String(self.shards.count)
        let id = "shardId-" + String(repeating: "0", count: 20 - number.utf8.count) + number
        self.shards.append(Shard(id: id, parent: parent, hashes: hashes))
    }

    /// Takes the table's changes that are new; `hash` places a key.
    package mutating func take(_ changes: [TableChange], hash: (String) -> UInt64) {
        for change in changes[self.taken...] {
            let place = hash(change.key)
            guard let shard = self.shards.lastIndex(where: { !$0.isClosed && $0.hashes.contains(place) }) else {
                preconditionFailure("open shards take all hashes")
            }
            self.shards[shard].numbers.append(change.number)
        }
        self.taken = changes.count
    }

    /// Whether another shard may end: each costs requests, in which others could end, and so on without an end.
    package var mayEndShard: Bool { self.shards.count < Self.mostShards }

    private static let mostShards = 16

    /// Ends an open shard, for one child or for two; `choice` chooses it.
    package mutating func endShard(_ choice: Int, children: Int) {
        let open = self.shards.indices.filter { !self.shards[$0].isClosed }
        let index = open[choice % open.count]
        self.shards[index].isClosed = true
        let (hashes, parent) = (self.shards[index].hashes, self.shards[index].id)
        guard children > 1, hashes.lowerBound < hashes.upperBound else { return self.add(hashes, parent: parent) }
        let middle = hashes.lowerBound + (hashes.upperBound - hashes.lowerBound) / 2
        self.add(hashes.lowerBound...middle, parent: parent)
        self.add(middle + 1...hashes.upperBound, parent: parent)
    }

    /// Lets all changes from before that time leave the stream.
    package mutating func trim(_ changes: [TableChange], before time: Int64) {
        guard let oldest = changes.first, oldest.time < time else { return }
        for index in self.shards.indices {
            while self.shards[index].trimmed < self.shards[index].numbers.count {
                let number = self.shards[index].numbers[self.shards[index].trimmed]
                guard changes[number].time < time else { break }
                self.trimmed.insert(number)
                self.shards[index].trimmed += 1
            }
        }
    }

    /// Lets all but the newest changes of a shard leave the stream; `choice` chooses it.
    package mutating func trim(_ choice: Int, keeping kept: Int) {
        let index = choice % self.shards.count
        let end = self.shards[index].numbers.count - kept
        guard end > self.shards[index].trimmed else { return }
        self.trimmed.formUnion(self.shards[index].numbers[self.shards[index].trimmed..<end])
        self.shards[index].trimmed = end
    }

    /// Carries out a request; `page` is how many records an answer has at most, `record` makes the text of one.
    ///
    /// Gives the places of the changes that are in the answer as well.
    package func perform(
        _ operation: String,
        _ body: [UInt8],
        at now: Int64,
        page: Int,
        record: (Int) -> [UInt8]
    ) throws -> (body: [UInt8], numbers: [Int]) {
        let members = try JSONReader.read(body) { reader in
            var members: [String: String] = [:]
            try reader.readObject { name, reader in
                let name = name.string
                members[name] = name == "Limit" ? String(try reader.readInteger()) : try reader.readString()
            }
            return members
        }
        if operation != "GetRecords", members["StreamArn"] != self.arn {
            throw ServiceError(400, "ResourceNotFoundException", "Requested resource not found: Stream not found")
        }
        if let limit = members["Limit"].flatMap({ Int($0) }), limit < 1 {
            throw ServiceError(400, "ValidationException", "Limit must be at least 1")
        }
        switch operation {
        case "DescribeStream": return (try self.description(after: members["ExclusiveStartShardId"]), [])
        case "GetShardIterator": return (try self.iterator(members, at: now), [])
        case "GetRecords": return try self.records(members["ShardIterator"] ?? "", at: now, page: page, record)
        default: throw ServiceError(400, "UnknownOperationException", operation)
        }
    }

    private func description(after start: String?) throws -> [UInt8] {
        let first = start.flatMap { id in self.shards.firstIndex { $0.id == id } }.map { $0 + 1 } ?? 0
        let page = self.shards[first...].prefix(Self.descriptionPage)
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("StreamDescription")
            writer.object { writer in
                writer.member("StreamArn", self.arn)
                writer.member("StreamStatus", "ENABLED")
                writer.member("StreamViewType", "NEW_AND_OLD_IMAGES")
                writer.key("Shards")
                writer.array { writer in
                    for shard in page { Self.write(shard, &writer) }
                }
                if page.endIndex < self.shards.count, let last = page.last {
                    writer.member("LastEvaluatedShardId", last.id)
                }
            }
        }
        return writer.bytes
    }

    private static func write(_ shard: Shard, _ writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("ShardId", shard.id)
            if let parent = shard.parent { writer.member("ParentShardId", parent) }
            writer.key("SequenceNumberRange")
            writer.object { writer in
                writer.member("StartingSequenceNumber", self.sequenceNumber(shard.numbers.first ?? 0))
                if shard.isClosed {
                    writer.member("EndingSequenceNumber", self.sequenceNumber(shard.numbers.last ?? 0))
                }
            }
        }
    }

    private func iterator(_ members: [String: String], at now: Int64) throws -> [UInt8] {
        guard let index = self.shards.firstIndex(where: { $0.id == members["ShardId"] }) else {
            throw ServiceError(400, "ResourceNotFoundException", "Requested resource not found: Shard does not exist")
        }
        let shard = self.shards[index]
        let place: Int
        switch members["ShardIteratorType"] {
        case "TRIM_HORIZON": place = shard.trimmed
        case "LATEST": place = shard.numbers.count
        case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
            let isAfter = members["ShardIteratorType"] == "AFTER_SEQUENCE_NUMBER"
            guard let found = shard.numbers.firstIndex(where: { Self.sequenceNumber($0) == members["SequenceNumber"] })
            else { throw ServiceError(400, "ValidationException", "Invalid SequenceNumber") }
            guard found >= shard.trimmed else { throw Self.trimmedAccess }
            place = isAfter ? found + 1 : found
        default: throw ServiceError(400, "ValidationException", "Invalid ShardIteratorType")
        }
        var writer = JSONWriter()
        writer.object { $0.member("ShardIterator", Self.iterator(index, place, now)) }
        return writer.bytes
    }

    private func records(
        _ iterator: String,
        at now: Int64,
        page: Int,
        _ record: (Int) -> [UInt8]
    ) throws -> (body: [UInt8], numbers: [Int]) {
        let parts = iterator.split(separator: "|").compactMap { Int64($0) }
        guard parts.count == 3, self.shards.indices.contains(Int(parts[0])) else {
            throw ServiceError(400, "ValidationException", "Invalid ShardIterator")
        }
        guard now - parts[2] <= Self.iteratorLife else {
            throw ServiceError(400, "ExpiredIteratorException", "Iterator expired")
        }
        let (shard, place) = (self.shards[Int(parts[0])], Int(parts[1]))
        guard place >= shard.trimmed else { throw Self.trimmedAccess }
        let numbers = Array(shard.numbers[place...].prefix(page))
        let end = place + numbers.count
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for number in numbers { writer.raw(record(number)) }
            }
            if !shard.isClosed || end < shard.numbers.count {
                writer.member("NextShardIterator", Self.iterator(Int(parts[0]), end, now))
            }
        }
        return (writer.bytes, numbers)
    }

    private static let trimmedAccess = ServiceError(
        400,
        "TrimmedDataAccessException",
        "The operation attempted to read past the oldest stream record in a shard"
    )

    private static func iterator(_ shard: Int, _ place: Int, _ now: Int64) -> String { "\(shard)|\(place)|\(now)" }
}
