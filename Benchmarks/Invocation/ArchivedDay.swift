import Glibc
import JSONText
import LambdaRuntime
import Platform

/// A day of orders as the archiver leaves it in a folder, under the keys that it puts into its bucket.
///
/// Orders come evenly over the day into four shards, and each minute's of a shard are a batch, as the template's mapping
/// gathers them. Every hundredth is sent again a minute later by its producer, under the same `MessageId`.
struct ArchivedDay {
    private static let shards = 4
    private static let minutes = 24 * 60
    private static let millisecondsOfMinute = 60_000
    private static let repetitionEvery = 100
    /// 2025-08-27, in milliseconds since 1970.
    private static let start: Int64 = 1_756_252_800_000
    private static let productsOfTheShop: UInt64 = 1_000
    private static let mostProducts: UInt64 = 6

    let orders: Int
    private var bits = SplitMix64(state: 20_250_827)
    private var sent = 0
    /// What is sent again with the next batch of its shard.
    private var repeated = [[[UInt8]]](repeating: [], count: Self.shards)

    init(orders: Int) {
        self.orders = orders
    }

    /// Hands each batch to `body` as the event that Lambda delivers.
    mutating func forEachEvent(_ body: ([UInt8]) async throws -> Void) async rethrows {
        for minute in 0..<Self.minutes {
            for shard in 0..<Self.shards {
                let due = self.orders * (minute * Self.shards + shard + 1) / (Self.minutes * Self.shards)
                let again = self.repeated[shard]
                self.repeated[shard] = []
                let records = again + self.newOrders(due - self.sent, minute: minute, shard: shard)
                if !records.isEmpty { try await body(self.event(records, minute: minute, shard: shard)) }
            }
        }
    }

    private mutating func newOrders(_ count: Int, minute: Int, shard: Int) -> [[UInt8]] {
        var records: [[UInt8]] = []
        for _ in 0..<count {
            records.append(self.order(at: Self.start + Int64(minute * Self.millisecondsOfMinute)))
            self.sent += 1
            if self.sent % Self.repetitionEvery == 0 { self.repeated[shard].append(records[records.count - 1]) }
        }
        return records
    }

    /// An order of one to six of the shop's products, as docs/formats.md shows it: some 500 bytes.
    private mutating func order(at milliseconds: Int64) -> [UInt8] {
        let created = UTCInstant(millisecondsSince1970: milliseconds + Int64(self.bits.next() % 60_000)).iso8601
        let count = Int(self.bits.next() % Self.mostProducts) + 1
        var products: [String] = []
        while products.count < count {
            let product = "PROD-" + Self.digits(self.bits.next() % Self.productsOfTheShop, 4)
            if !products.contains(product) { products.append(product) }
        }
        let cents = 100 + self.bits.next() % 1_000_000
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("MessageId", self.bits.nextUUID())
            writer.member("OccurredUtc", created)
            writer.member("Type", "OrderCreatedV1")
            writer.key("Version")
            writer.integer(1)
            writer.member("CorrelationId", self.bits.nextUUID())
            writer.key("Payload")
            writer.object { writer in
                writer.member("OrderId", "ORD-" + Self.digits(UInt64(self.sent), 8))
                writer.member("UserId", "USER-" + Self.digits(self.bits.next() % 1_000_000, 6))
                writer.key("TotalAmount")
                writer.raw("\(cents / 100).\(Self.digits(cents % 100, 2))".utf8)
                writer.member("Currency", self.bits.next() % 4 == 0 ? "EUR" : "USD")
                writer.key("ProductIds")
                writer.array { writer in for product in products { writer.string(product) } }
                writer.key("Quantities")
                writer.object { writer in
                    for product in products {
                        writer.key(product)
                        writer.integer(1 + self.bits.next() % 4)
                    }
                }
                writer.member("createdUtc", created)
            }
        }
        return writer.bytes
    }

    private func event(_ records: [[UInt8]], minute: Int, shard: Int) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for (index, record) in records.enumerated() {
                    self.write(record, index: index, of: records.count, minute: minute, shard: shard, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private func write(
        _ record: [UInt8],
        index: Int,
        of count: Int,
        minute: Int,
        shard: Int,
        to writer: inout JSONWriter
    ) {
        let number = "4954511524349098501828006771" + Self.digits(UInt64(minute * 1_000_000 + index), 28)
        let shardID = "shardId-" + Self.digits(UInt64(shard), 12)
        let arrival = Self.start + Int64(minute * Self.millisecondsOfMinute + index * Self.millisecondsOfMinute / count)
        writer.object { writer in
            writer.key("kinesis")
            writer.object { writer in
                writer.member("kinesisSchemaVersion", "1.0")
                writer.member("partitionKey", "ORD-" + Self.digits(UInt64(index), 8))
                writer.member("sequenceNumber", number)
                writer.member("data", Base64.encode(record))
                writer.key("approximateArrivalTimestamp")
                writer.raw("\(arrival / 1_000).\(Self.digits(UInt64(arrival % 1_000), 3))".utf8)
            }
            writer.member("eventSource", "aws:kinesis")
            writer.member("eventVersion", "1.0")
            writer.member("eventID", "\(shardID):\(number)")
            writer.member("eventName", "aws:kinesis:record")
            writer.member("awsRegion", "eu-central-1")
            writer.member("eventSourceARN", "arn:aws:kinesis:eu-central-1:123456789012:stream/orders")
        }
    }

    private static func digits(_ number: UInt64, _ count: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
    }
}

/// Steele, Lea and Flood's generator: the same numbers at every run.
private struct SplitMix64: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }

    mutating func nextUUID() -> String {
        let (high, low) = (self.next(), self.next())
        func hex(_ number: UInt64, _ digits: Int) -> String {
            let text = String(number, radix: 16)
            return String(repeating: "0", count: max(0, digits - text.utf8.count)) + text
        }
        return "\(hex(high >> 32, 8))-\(hex(high >> 16 & 0xFFFF, 4))-4\(hex(high & 0xFFF, 3))-"
            + "\(hex(0x8000 | low >> 48 & 0x3FFF, 4))-\(hex(low & 0xFFFF_FFFF_FFFF, 12))"
    }
}
