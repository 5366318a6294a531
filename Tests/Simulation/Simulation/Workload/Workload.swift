internal import Platform
internal import SimulatedAWS

/// What is sent in a run: few orders in which everything meets, hot rows, repetitions, poison.
///
/// Each record is drawn by its number, so that a smaller workload holds the very same records, only fewer.
struct Workload: Sendable {
    /// The shards' records, each shard's oldest first.
    private(set) var shards: [[SentRecord]] = []
    /// The shards that each shard was made of by a split or a merge, whose records come first; none for those of the
    /// beginning.
    private(set) var parents: [[Int]] = []

    /// All records.
    var records: [SentRecord] { self.shards.flatMap { $0 } }

    private static let currencies = ["USD", "USD", "EUR", "GBP", "JPY"]
    private static let products = ["laptop", "mouse", "café-kettle", "cable/usb-c", "P#7", "鍵盤"]

    /// How many records a seed sends.
    static func count(_ draws: Draws) -> Int {
        var generator = draws.generator(.configuration, 1)
        return generator.number(5...16)
    }

    /// `kept` are the numbers of the records that are sent; nil for all.
    init(_ draws: Draws, _ configuration: Configuration, kept: Set<Int>?) {
        var layout = draws.generator(.configuration, 2)
        let first = layout.number(1...3)
        let resharding = Resharding(&layout, shards: first)
        // With the longest gap repetitions come when the stream has forgotten the record that they repeat.
        let gap = layout.choice([
            VirtualTime.Nanoseconds.milliseconds(200), .seconds(3), .seconds(150), .seconds(30_000),
        ])
        let count = Self.count(draws)
        self.parents = Array(repeating: [], count: first) + resharding.parents
        self.shards = Array(repeating: [], count: self.parents.count)
        // Sequence numbers grow by a digit on the way: 10^55 is the first with 56 digits.
        var offsets = self.shards.indices.map { shard in Int64(shard >= first ? 100 : 0) - Int64(layout.number(1...12))
        }
        var arrival: VirtualTime.Nanoseconds = 0
        // The aggregate that the last record of each shard is in.
        var aggregates: [Int: (arrival: VirtualTime.Nanoseconds, count: Int)] = [:]
        for number in 0..<count {
            var generator = draws.generator(.arrival, number)
            arrival += gap + .milliseconds(generator.number(0...400))
            var shard = generator.number(0...first - 1)
            let half = generator.number(0...1)
            var maker = RecordMaker(draws, configuration, number: number, arrival: arrival)
            // Orders of one id that differ come in one shard, as producers' partition keys see to.
            if maker.isConflict { shard = 0 }
            if number > count / 2, let children = resharding.children(of: shard, first: first) {
                shard = children[maker.isConflict ? 0 : half % children.count]
            }
            let step = Int64(generator.number(1...3))
            let isPart = generator.chance(0.25)
            if isPart, generator.chance(0.7), let aggregate = aggregates[shard] {
                maker.arrival = aggregate.arrival
            } else {
                offsets[shard] += step
                aggregates[shard] = isPart ? (arrival, 0) : nil
            }
            guard kept?.contains(number) ?? true else { continue }
            self.shards[shard].append(
                maker.record(
                    shard: shard,
                    sequenceNumber: KinesisStream.sequenceNumber(offsets[shard]),
                    part: aggregates[shard]?.count
                )
            )
            aggregates[shard]?.count += 1
        }
        self.writeEvents()
    }

    /// Gives each record of the stream its JSON.
    private mutating func writeEvents() {
        for shard in self.shards.indices {
            var start = 0
            while start < self.shards[shard].count {
                let number = self.shards[shard][start].sequenceNumber
                let end = self.shards[shard][start...].firstIndex { $0.sequenceNumber != number }
                let records = self.shards[shard][start..<(end ?? self.shards[shard].count)]
                self.shards[shard][start].json = KinesisEvents.json(of: records)
                start = records.endIndex
            }
        }
    }

    /// Orders at a steady pace, for runs that measure: `seconds` of `rate` orders a second over so many shards, each of which
    /// is split in two at `splitTime`, if there is one.
    init(
        steady draws: Draws,
        _ configuration: Configuration,
        rate: Double,
        seconds: Double,
        shards: Int,
        splitTime: VirtualTime.Nanoseconds?
    ) {
        self.parents = Array(repeating: [], count: shards)
        if splitTime != nil { self.parents += (0..<2 * shards).map { [$0 / 2] } }
        self.shards = Array(repeating: [], count: self.parents.count)
        for number in 0..<Int(rate * seconds) {
            let arrival = VirtualTime.Nanoseconds.milliseconds(Int(Double(number) / rate * 1_000))
            var shard = number % shards
            if let splitTime, arrival >= splitTime { shard = shards + 2 * shard + number / shards % 2 }
            let maker = RecordMaker(steady: draws, configuration, number: number, arrival: arrival)
            let place = Int64(self.shards[shard].count + number)
            self.shards[shard].append(
                maker.record(shard: shard, sequenceNumber: KinesisStream.sequenceNumber(place), part: nil)
            )
        }
        self.writeEvents()
    }
}

/// What becomes of a shard in the middle of a run.
private enum Resharding {
    case none
    case split(Int)
    /// Two shards become one.
    case merge(Int, Int)

    init(_ generator: inout Generator, shards: Int) {
        let place = generator.number(0...shards - 1)
        switch generator.fraction() {
        case ..<0.2: self = .split(place)
        case ..<0.4 where shards > 1: self = .merge(place, (place + 1) % shards)
        default: self = .none
        }
    }

    /// The parents of each shard that it makes.
    var parents: [[Int]] {
        switch self {
        case .none: []
        case .split(let shard): [[shard], [shard]]
        case .merge(let one, let other): [[one, other]]
        }
    }

    /// The shards that take a shard's records from then on; nil where it goes on itself.
    func children(of shard: Int, first: Int) -> [Int]? {
        switch self {
        case .split(shard): [first, first + 1]
        case .merge(let one, let other) where shard == one || shard == other: [first]
        case .none, .split, .merge: nil
        }
    }
}

/// Makes the record of one number.
private struct RecordMaker {
    let number: Int
    var arrival: VirtualTime.Nanoseconds
    private let draws: Draws
    private let kind: Kind
    private let configuration: Configuration

    private enum Kind {
        case order
        case manyProducts
        case shortRecord
        /// The same order as an earlier record's, in other words.
        case repeated(Int)
        /// One of several orders that were given the same `MessageId`.
        case conflict(Int)
        case otherType
        case poison(Int)
    }

    init(_ draws: Draws, _ configuration: Configuration, number: Int, arrival: VirtualTime.Nanoseconds) {
        self.draws = draws
        self.configuration = configuration
        self.number = number
        self.arrival = arrival
        var generator = draws.generator(.record, number)
        // Checkpoints count every record: they are for producers that repeat nothing.
        let repeats = configuration.deduplication == .event
        let kinds: [(Kind, Int)] = [
            (.order, 50), (.manyProducts, number == 3 ? 4 : 0), (.shortRecord, 10), (.otherType, 4),
            (.poison(generator.number(0...6)), 16),
            (.repeated(generator.number(0...max(0, number - 1))), repeats && number > 0 ? 10 : 0),
            (.conflict(generator.number(0...1)), repeats ? 10 : 0),
        ]
        self.kind = generator.weighted(kinds)
    }

    /// Of an ordinary order.
    init(steady draws: Draws, _ configuration: Configuration, number: Int, arrival: VirtualTime.Nanoseconds) {
        self.draws = draws
        self.configuration = configuration
        self.number = number
        self.arrival = arrival
        self.kind = .order
    }

    var isConflict: Bool { if case .conflict = self.kind { true } else { false } }

    func record(shard: Int, sequenceNumber: String, part: Int?) -> SentRecord {
        var generator = self.draws.generator(.record, self.number, 1)
        let (text, meaning, words) = self.content(&generator)
        let isCompressed = generator.chance(0.15)
        var sent = SentRecord(
            number: self.number,
            shard: shard,
            arrival: self.arrival,
            sequenceNumber: sequenceNumber,
            part: part,
            partitionKey: "key-\(shard)",
            data: isCompressed ? GzipStored.compress(text) : text,
            text: text,
            meaning: meaning,
            words: words + (isCompressed ? ", compressed" : "") + (part.map { ", part \($0) of an aggregate" } ?? "")
        )
        // Of a short record that says when it happened.
        if case .sale(let sale) = meaning, sale.created == nil, sale.messageID != nil {
            sent.occurred = Moment(sale.at)
        }
        return sent
    }

    private func content(_ generator: inout Generator) -> ([UInt8], SentRecord.Meaning, String) {
        switch self.kind {
        case .order: return Self.event(self.sale(), &generator)
        case .manyProducts:
            var sale = self.sale()
            sale.products = (100...204).map { Sale.Product(id: "product-\($0)", quantity: 1) }
            return Self.event(sale, &generator)
        case .repeated(let other):
            let maker = RecordMaker(self.draws, self.configuration, number: other, arrival: self.arrival)
            if case .order = maker.kind {
                let (text, meaning, words) = Self.event(maker.sale(), &generator)
                return (text, meaning, "the order of record \(other) again: " + words)
            }
            if case .shortRecord = maker.kind, case let again = maker.shortRecord(), again.sale.messageID != nil {
                return (again.text, .sale(again.sale), "record \(other) again: " + again.words)
            }
            return Self.event(self.sale(), &generator)
        case .conflict(let group):
            var sale = self.sale()
            sale.messageID = "same-\(group)"
            sale.orderID = "SAME-\(group)"
            sale.amount = Amount(billionths: generator.choice([10, 11, 12]) * 1_000_000_000)
            sale.currency = "EUR"
            sale.products = [Sale.Product(id: "mouse", quantity: 1)]
            sale.created = World.epoch.secondsSince1970
            sale.day = CivilDay.text(secondsSince1970: World.epoch.secondsSince1970)
            sale.at = "\(sale.day)T\(CivilDay.clock(secondsSince1970: World.epoch.secondsSince1970))Z"
            return Self.event(sale, &generator)
        case .shortRecord:
            let record = self.shortRecord()
            return (record.text, .sale(record.sale), record.words)
        case .otherType:
            let id = "\"MessageId\":\"other-\(self.number)\""
            let text = "{\(id),\"Type\":\"OrderShippedV1\",\"Payload\":{\"OrderId\":\"O-1\"}}"
            return (Array(text.utf8), .otherType, "an event of another type")
        case .poison(let kind): return self.poison(kind, &generator)
        }
    }

    private func sale() -> Sale {
        var generator = self.draws.generator(.record, self.number, 2)
        let created = World.epoch.secondsSince1970 - Int64(generator.number(0...90_000))
        let fraction = generator.choice(["", ".5", ".1234567", ".9999999"])
        let day = CivilDay.text(secondsSince1970: created)
        let count = generator.number(0...3)
        let start = generator.number(0...5)
        return Sale(
            messageID: generator.chance(0.9) ? "message-\(self.number)" : nil,
            orderID: "O-\(generator.number(0...6))",
            userID: "user-\(generator.number(0...9))",
            amount: Self.amount(&generator),
            currency: generator.choice(Workload.drawnCurrencies),
            products: (0..<count).map { place in
                Sale.Product(id: Workload.drawnProducts[(start + place) % 6], quantity: generator.number(1...4))
            },
            created: created,
            day: day,
            at: "\(day)T\(CivilDay.clock(secondsSince1970: created))\(fraction)Z"
        )
    }

    private static func amount(_ generator: inout Generator) -> Amount {
        let scale = generator.choice([1_000_000_000, 10_000_000, 1_000])
        let greatest = generator.choice([9, 1_500, 150_000])
        return Amount(billionths: Int128(generator.number(0...greatest)) * Int128(scale))
    }

    private static func event(_ sale: Sale, _ generator: inout Generator) -> ([UInt8], SentRecord.Meaning, String) {
        let id = sale.messageID.map { "\"MessageId\":\"\($0)\"," } ?? ""
        let products = sale.products.map { "\"\($0.id)\"" }.joined(separator: ",")
        let quantities = sale.products.map { "\"\($0.id)\":\($0.quantity)" }.joined(separator: ",")
        let space = generator.choice(["", " ", "\n  "])
        let text =
            "{\(id)\(space)\"OccurredUtc\":\"\(sale.at)\",\"Type\":\"OrderCreatedV1\",\(space)\"Payload\":{"
            + "\"OrderId\":\"\(sale.orderID ?? "")\",\"UserId\":\"\(sale.userID)\",\"TotalAmount\":\(sale.amount.text),"
            + "\(space)\"Currency\":\"\(sale.currency)\",\"ProductIds\":[\(products)],\"Quantities\":{\(quantities)},"
            + "\"createdUtc\":\"\(sale.at)\"}}"
        let words =
            "order \(sale.orderID ?? ""), \(sale.amount.text) \(sale.currency), of \(sale.day)"
            + (sale.messageID.map { ", MessageId \($0)" } ?? ", without a MessageId")
        return (Array(text.utf8), .sale(sale), words)
    }

    /// Half of them have a `MessageId`, by which a repetition counts once, and say when they happened, so that it is of the
    /// same day.
    private func shortRecord() -> (text: [UInt8], sale: Sale, words: String) {
        var sale = self.sale()
        var generator = self.draws.generator(.record, self.number, 3)
        sale.messageID = generator.chance(0.5) ? "short-\(self.number)" : nil
        sale.orderID = nil
        sale.products = []
        sale.created = nil
        sale.currency = "USD"
        sale.userID = "customer-\(self.number)"
        let members: String
        if let id = sale.messageID {
            members = "\"MessageId\":\"\(id)\",\"OccurredUtc\":\"\(sale.at)\","
        } else {
            sale.day = CivilDay.text(secondsSince1970: World.epoch.secondsSince1970 + self.arrival / 1_000_000_000)
            members = ""
        }
        let text = "{\(members)\"customer_id\":\"\(sale.userID)\",\"amount\":\(sale.amount.text)}"
        let name = sale.messageID.map { ", of \(sale.day), MessageId \($0)" } ?? ""
        return (Array(text.utf8), sale, "short record, \(sale.amount.text) USD\(name)")
    }

    private func poison(_ kind: Int, _ generator: inout Generator) -> ([UInt8], SentRecord.Meaning, String) {
        let day = "2025-08-27"
        let id = "bad-\(self.number)"
        func event(_ payload: String, created: String = "2025-08-27T10:00:00Z") -> [UInt8] {
            let text =
                "{\"MessageId\":\"\(id)\",\"OccurredUtc\":\"2025-08-27T10:00:00Z\",\"Type\":\"OrderCreatedV1\","
                + "\"Payload\":{\(payload),\"createdUtc\":\"\(created)\"}}"
            return Array(text.utf8)
        }
        let invalid = SentRecord.Meaning.invalidOrder(id: id, day: day)
        let arrivalDay = CivilDay.text(secondsSince1970: World.epoch.secondsSince1970 + self.arrival / 1_000_000_000)
        switch kind {
        case 0: return (event("\"OrderId\":\"BAD\",\"TotalAmount\":\"twelve\""), invalid, "an amount in words")
        case 1: return (event("\"OrderId\":1.5,\"TotalAmount\":1"), invalid, "an order id with a fraction")
        case 2: return (event("\"OrderId\":\"BAD\",\"TotalAmount\":1,\"Currency\":\"\""), invalid, "a blank currency")
        case 3:
            return (
                event("\"OrderId\":\"BAD\",\"TotalAmount\":1", created: "0001-01-01T00:00:00Z"), invalid,
                "a clock that was never set"
            )
        case 4:
            let text = "{\"customer_id\":\"n\",\"amount\":-0.01}"
            return (Array(text.utf8), .invalidOrder(id: nil, day: arrivalDay), "a negative amount")
        case 5 where generator.chance(0.1):
            // Its base64 is over the 256 KiB of a message.
            return (Array(repeating: 0xFF, count: 200_000), .unreadable, "a large unreadable record")
        case 5: return ([0xFF, 0xFE, 0x00, 0x0A, 0x0D, 0x00], .unreadable, "binary bytes")
        default: return (Array("not JSON at all".utf8), .unreadable, "no JSON")
        }
    }
}

extension Workload {
    fileprivate static var drawnCurrencies: [String] { self.currencies }
    fileprivate static var drawnProducts: [String] { self.products }
}
