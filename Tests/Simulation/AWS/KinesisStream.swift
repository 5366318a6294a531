internal import AWSClient

/// A stream of Kinesis: shards by their hash keys, which are split and merged, and whose records stay in their order.
package struct KinesisStream: Sendable {
    /// A record as a shard holds it.
    package struct Record: Sendable {
        package let sequenceNumber: String
        package let partitionKey: String
        package let data: [UInt8]
        /// When it came, in nanoseconds of the run; whole milliseconds, as Kinesis tells it.
        package let arrival: Int64
    }

    /// One shard.
    package struct Shard: Sendable {
        /// The number in its id.
        package let number: Int
        let hashKeys: ClosedRange<UInt128>
        /// The numbers of the shards that it was made of: one by a split, two by a merge.
        package let parents: [Int]
        let firstSequenceNumber: String
        /// Set once it is closed.
        package fileprivate(set) var lastSequenceNumber: String?
        /// In their order, those that the stream keeps no longer included.
        package fileprivate(set) var records: [Record] = []

        var id: String { KinesisStream.shardID(self.number) }
        package var isOpen: Bool { self.lastSequenceNumber == nil }
    }

    let name: String
    /// In the order of their numbers.
    package private(set) var shards: [Shard] = []
    /// The number of the first one.
    private let firstShard: Int
    /// The next sequence number, less 10^55.
    private var offset: Int64
    /// How long a record can be read, in nanoseconds.
    let retention: Int64

    private static let hour: Int64 = 3_600_000_000_000

    /// A stream whose open shards divide the hash keys evenly.
    ///
    /// Those before `firstShard` are gone, as in a stream that was split long ago. `offset` is what its first sequence number is more than 10^55: one below 0 has a digit less.
    package init(_ name: String, shards: Int, firstShard: Int = 0, offset: Int64 = 0, retentionHours: Int64 = 24) {
        self.name = name
        self.firstShard = firstShard
        self.offset = offset
        self.retention = retentionHours * Self.hour
        // The whole part of 2^128 divided by their number, which one shard has no need of.
        let (quotient, remainder) = UInt128.max.quotientAndRemainder(dividingBy: UInt128(shards))
        let width = remainder == UInt128(shards - 1) ? quotient &+ 1 : quotient
        for place in 0..<shards {
            let start = UInt128(place) * width
            let end = place == shards - 1 ? .max : start + width - 1
            self.open(start...end, parents: [])
        }
    }

    /// A shard by its number; nil for one that is not, or no longer.
    package func shard(_ number: Int) -> Shard? {
        self.shards.indices.contains(number - self.firstShard) ? self.shards[number - self.firstShard] : nil
    }

    /// The record of a shard with that sequence number.
    package func record(_ shardID: String, _ sequenceNumber: String) -> Record? {
        self.shards.first { $0.id == shardID }?.records.first { $0.sequenceNumber == sequenceNumber }
    }

    /// Where a record with that key goes: the open shard whose hash keys hold the MD5 of the key.
    func shard(forHashKey key: UInt128) -> Int {
        guard let shard = self.shards.first(where: { $0.isOpen && $0.hashKeys.contains(key) }) else {
            preconditionFailure("the open shards hold every hash key")
        }
        return shard.number
    }

    static func hashKey(ofPartitionKey key: String) -> UInt128 {
        Digest.md5(Array(key.utf8)[...]).reduce(0) { $0 << 8 | UInt128($1) }
    }

    /// The next sequence number of the stream: they grow from record to record, whatever shard it goes into.
    mutating func takeSequenceNumber() -> String {
        defer { self.offset += 1 }
        return Self.sequenceNumber(self.offset)
    }

    mutating func append(_ record: Record, to shard: Int) {
        self.shards[shard - self.firstShard].records.append(record)
    }

    private mutating func open(_ hashKeys: ClosedRange<UInt128>, parents: [Int]) {
        self.shards.append(
            Shard(
                number: self.firstShard + self.shards.count,
                hashKeys: hashKeys,
                parents: parents,
                firstSequenceNumber: self.takeSequenceNumber()
            )
        )
    }

    private mutating func close(_ number: Int) {
        self.shards[number - self.firstShard].lastSequenceNumber = self.takeSequenceNumber()
    }

    /// Splits an open shard in two; the second one begins with the hash key.
    package mutating func split(_ number: Int, at key: UInt128? = nil) throws {
        let shard = try self.openShard(number)
        let keys = shard.hashKeys
        let key = key ?? keys.lowerBound + (keys.upperBound - keys.lowerBound) / 2 + 1
        guard key > keys.lowerBound, key <= keys.upperBound else {
            throw ServiceError(400, "InvalidArgumentException", "NewStartingHashKey is not inside the shard's range.")
        }
        self.close(number)
        self.open(keys.lowerBound...key - 1, parents: [number])
        self.open(key...keys.upperBound, parents: [number])
    }

    /// Makes one shard of two open ones whose hash keys are next to each other.
    package mutating func merge(_ number: Int, _ adjacent: Int) throws {
        let (first, second) = (try self.openShard(number).hashKeys, try self.openShard(adjacent).hashKeys)
        let isNext =
            first.upperBound < second.lowerBound
            ? first.upperBound + 1 == second.lowerBound
            : second.upperBound < first.lowerBound && second.upperBound + 1 == first.lowerBound
        guard isNext else {
            throw ServiceError(400, "InvalidArgumentException", "The shards are not adjacent.")
        }
        self.close(number)
        self.close(adjacent)
        let keys = min(first.lowerBound, second.lowerBound)...max(first.upperBound, second.upperBound)
        self.open(keys, parents: [number, adjacent])
    }

    private func openShard(_ number: Int) throws -> Shard {
        guard let shard = self.shard(number) else {
            throw ServiceError(400, "ResourceNotFoundException", "There is no shard \(Self.shardID(number)).")
        }
        guard shard.isOpen else {
            throw ServiceError(400, "InvalidArgumentException", "\(shard.id) is closed.")
        }
        return shard
    }

    /// The place of the oldest record of the shard that can be read at `now`.
    func oldest(in shard: Shard, at now: Int64) -> Int {
        shard.records.firstIndex { $0.arrival + self.retention > now } ?? shard.records.count
    }

    static func shardID(_ number: Int) -> String {
        let digits = String(number)
        return "shardId-" + String(repeating: "0", count: 12 - digits.utf8.count) + digits
    }

    /// 10^55 and `offset`, in decimal.
    package static func sequenceNumber(_ offset: Int64) -> String {
        if offset >= 0 {
            let digits = String(offset)
            return "1" + String(repeating: "0", count: 55 - digits.utf8.count) + digits
        }
        return String(repeating: "9", count: 37) + String(1_000_000_000_000_000_000 + offset)
    }

    /// Whether a sequence number comes before another.
    static func precedes(_ left: String, _ right: String) -> Bool {
        left.utf8.count != right.utf8.count ? left.utf8.count < right.utf8.count : left < right
    }
}
