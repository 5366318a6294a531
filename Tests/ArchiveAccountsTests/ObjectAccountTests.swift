import ArchiveAccounts
import Foundation
import OrderFunctions
import Orders
import Testing

/// Lines of the archive, written as docs/formats.md has them.
enum ArchiveText {
    static let shard = "shardId-000000000000"
    static let key = "orders/dt=2025-08-27/hour=18/shardId-000000000000-100.ndjson.gz"

    static func line(
        _ number: Int,
        _ content: String,
        shard: String = shard,
        rules: Int = OrderRecordDecoder.rulesVersion,
        part: Int? = nil,
        arrivedAt: String = "2025-08-27T18:08:00.5Z"
    ) -> [UInt8] {
        let place = part.map { #","subSequenceNumber":\#($0)"# } ?? ""
        return Array(
            (#"{"format":1,"rules":\#(rules),"shardId":"\#(shard)","sequenceNumber":"\#(number)"\#(place),"#
                + #""partitionKey":"k","arrivedAt":"\#(arrivedAt)",\#(content),"order":{}}"#).utf8
        )
    }

    static func order(_ messageID: String, amount: String = "10.5", product: String = "P1") -> String {
        #""record":{"MessageId":"\#(messageID)","Type":"OrderCreatedV1","Payload":{"OrderId":"O-\#(messageID)","#
            + #""TotalAmount":\#(amount),"ProductIds":["\#(product)"],"createdUtc":"2025-08-27T10:00:00Z"}}"#
    }
}

struct ObjectAccountTests {
    private static func account(
        _ lines: [[UInt8]],
        object: UInt32 = 0,
        key: String = ArchiveText.key,
        written: Int? = nil
    ) -> ObjectAccount {
        var account = ObjectAccount(object: object, key: key, decoder: OrderRecordDecoder())
        for line in lines { account.add(line[...]) }
        account.finish(recordsWritten: written)
        return account
    }

    private static func counters(_ account: ObjectAccount) -> [String: String] {
        var counters = RebuiltCounters()
        counters.add(account.events, lifetime: 1_000)
        return Dictionary(
            uniqueKeysWithValues: counters.rows.map { key, delta in
                ("\(key.partitionKey) \(key.sortKey)", delta.attributes.map(\.number).joined(separator: " "))
            }
        )
    }

    @Test func `orders count by the rules of the aggregator`() {
        let account = Self.account([
            ArchiveText.line(100, ArchiveText.order("a")), ArchiveText.line(101, ArchiveText.order("b", amount: "1")),
            ArchiveText.line(102, ArchiveText.order("a")),
            ArchiveText.line(103, ArchiveText.order("c", amount: "\"x\"")),
            ArchiveText.line(104, #""record":{"Type":"Heartbeat"}"#), ArchiveText.line(105, #""unparsed":"bm8=""#),
            ArchiveText.line(106, #""envelope":"bm8=""#),
        ])
        #expect(account.faults.isEmpty)
        #expect((account.records, account.accepted, account.refused) == (7, 3, 3))
        #expect(
            Self.counters(account) == [
                "REVENUE#2025-08-27 USD": "11.5 2", "ORDERS#2025-08-27 TOTAL": "3 2",
                "PRODUCT#2025-08-27 P1": "2 2 11.5",
            ]
        )
    }

    @Test func `a record counts alike wherever its line has it, and one that is deeper than an order may be does not`()
    {
        let line = String(decoding: ArchiveText.line(100, ArchiveText.order("a")), as: UTF8.self)
        let record = "," + ArchiveText.order("a")
        let others = line.replacing(record, with: "")
        let right = Self.counters(Self.account([Array(line.utf8)]))
        #expect(right["ORDERS#2025-08-27 TOTAL"] == "1 1")
        // Before what says where and when it came, and with white space.
        for text in [
            "{" + record.dropFirst() + "," + others.dropFirst(),
            line.replacing(record, with: " \n, " + record.dropFirst()),
        ] {
            let account = Self.account([Array(text.utf8)])
            #expect(account.faults.isEmpty)
            #expect(Self.counters(account) == right)
        }
        func deep(_ levels: Int) -> String {
            let brackets = String(repeating: "[", count: levels) + String(repeating: "]", count: levels)
            return ArchiveText.order("a").replacing(#""Type""#, with: #""Deep":\#(brackets),"Type""#)
        }
        // The record itself is a level.
        let orders = [127, 128].map { Self.account([ArchiveText.line(100, deep($0))]) }
        #expect(orders.map(\.accepted) == [1, 0])
        #expect(orders.map(\.refused) == [0, 1])
        #expect(orders.allSatisfy { $0.faults.isEmpty })
        let decoder = OrderRecordDecoder()
        for levels in [127, 128] {
            let text = Array(deep(levels).dropFirst(#""record":"#.count).utf8)
            guard case .order = decoder.decode(text, eventID: "", arrival: nil) else {
                #expect(levels == 128)
                continue
            }
            #expect(levels == 127)
        }
    }

    @Test func `an order without ids is known by its place, also where its line says the place behind it`() throws {
        let record = #""record":{"customer_id":"c","amount":5}"#
        let line = String(decoding: ArchiveText.line(100, record), as: UTF8.self)
        let behind = "{" + record + "," + line.replacing("," + record, with: "").dropFirst()
        let (one, other) = (Self.account([Array(line.utf8)]), Self.account([Array(behind.utf8)]))
        #expect(one.accepted == 1)
        #expect(one.events == other.events)
    }

    @Test func `an order of a clock that goes ahead is refused, also where its line says the arrival behind it`() {
        let order = ArchiveText.order("a").replacing("2025-08-27T10", with: "2025-09-10T10")
        let line = String(decoding: ArchiveText.line(100, order), as: UTF8.self)
        let arrival = #","arrivedAt":"2025-08-27T18:08:00.5Z""#
        let behind = line.replacing(arrival, with: "").dropLast() + arrival + "}"
        #expect(behind.count == line.count)
        for text in [line, String(behind)] {
            let account = Self.account([Array(text.utf8)])
            #expect((account.accepted, account.refused) == (0, 1))
        }
    }

    @Test func `a compressed payload that stands as its text, and one that does not, count alike`() throws {
        var compressor = Gzip.Compressor()
        let text = ArchiveText.order("z").dropFirst(#""record":"#.count)
        compressor.append(Array(text.utf8))
        let base64 = Self.base64(compressor.finish())
        let lines = [
            ArchiveText.line(100, ArchiveText.order("y") + #","data":"\#(base64)""#),
            ArchiveText.line(101, #""unparsed":"\#(base64)""#),
        ]
        #expect(Self.counters(Self.account(lines))["ORDERS#2025-08-27 TOTAL"] == "2 2")
    }

    @Test(arguments: [(OrderRecordDecoder.deadlyReason, 0), ("malformed: another reason", 1)])
    func `what the archiver could not decode without dying is not decoded`(reason: String, counted: Int) {
        let text = Self.base64(Array(ArchiveText.order("z").dropFirst(#""record":"#.count).utf8))
        let line = ArchiveText.line(100, #""unparsed":"\#(text)","order":{"verdict":"refused","reason":"\#(reason)"}"#)
        let account = Self.account([line])
        #expect(account.accepted == counted && account.refused == 1 - counted && account.faults.isEmpty)
        #expect(account.deadly == 1 - counted)
    }

    private static func base64(_ bytes: [UInt8]) -> String {
        let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        var text = ""
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let chunk = bytes[start..<min(start + 3, bytes.count)]
            let number = chunk.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - chunk.count))
            for place in 0..<4 {
                text.append(place <= chunk.count ? digits[number >> (18 - 6 * place) & 63] : "=")
            }
        }
        return text
    }

    @Test(
        arguments: [
            ([100, 101, 101, 102], ObjectAccount.Fault.Kind.order, 3), ([100, 102, 101], .order, 3),
            ([99, 100], .name, 1),
        ] as [([Int], ObjectAccount.Fault.Kind, Int)]
    )
    func `a line that is doubled, moved or before the first is found`(
        numbers: [Int],
        kind: ObjectAccount.Fault.Kind,
        line: Int
    ) {
        let account = Self.account(numbers.map { ArchiveText.line($0, ArchiveText.order("m\($0)")) })
        #expect(account.faults.map(\.kind) == [kind])
        #expect(account.faults.map(\.line) == [line])
    }

    @Test func `a lost line is found by what was written`() {
        let lines = [100, 102].map { ArchiveText.line($0, ArchiveText.order("m\($0)")) }
        #expect(Self.account(lines, written: 3).faults.map(\.kind) == [.records])
        #expect(Self.account(lines, written: 2).faults.isEmpty)
    }

    @Test func `an object without lines is none of the archiver's`() {
        #expect(Self.account([]).faults.map(\.kind) == [.records])
        #expect(Self.account([], written: 1).faults.map(\.kind) == [.records])
    }

    @Test func `parts of an aggregate share their number`() {
        let lines = (0..<3).map { (part: Int) in ArchiveText.line(100, ArchiveText.order("p\(part)"), part: part) }
        #expect(Self.account(lines).faults.isEmpty)
        #expect(Self.account([lines[0], lines[0]]).faults.map(\.kind) == [.order])
    }

    @Test func `lines of later rules, of another shard, and what is no line are not counted in silence`() {
        let account = Self.account([
            ArchiveText.line(100, ArchiveText.order("a"), rules: 1),
            ArchiveText.line(101, ArchiveText.order("b"), rules: OrderRecordDecoder.rulesVersion + 1),
            Array("half a li".utf8), ArchiveText.line(102, ArchiveText.order("c"), shard: "shardId-000000000001"),
        ])
        #expect(account.faults.map(\.kind) == [.laterVersion, .unreadableLine, .name])
        #expect(account.records == 4)
    }

    @Test func `of two orders under one id the first to arrive counts, also within a second`() {
        var accounts = ["00.9", "00.1"].enumerated().map { place, second in
            Self.account(
                [
                    ArchiveText.line(
                        100,
                        ArchiveText.order("a", amount: "1\(place)"),
                        arrivedAt: "2025-08-27T18:08:\(second)Z"
                    )
                ],
                object: UInt32(place)
            )
        }
        for _ in 0..<2 {
            var counters = RebuiltCounters()
            counters.add(accounts[0].events.adding(accounts[1].events.bytes), lifetime: 1_000)
            #expect(counters.summary.conflicts == [LinePlace(object: 0, line: 1)])
            accounts.swapAt(0, 1)
        }
    }

    /// An order with an id, one without, one that cannot be read, and two parts of an aggregate.
    @Test(arguments: [0, 1_000] as [Int64])
    func `what an object has of another one that it begins inside counts once, in both modes`(lifetime: Int64) {
        let lines = [
            ArchiveText.line(100, ArchiveText.order("a")), ArchiveText.line(101, ArchiveText.order("b")),
            ArchiveText.line(102, #""record":{"customer_id":"c","amount":5}"#),
            ArchiveText.line(103, ArchiveText.order("d", amount: "\"x\"")),
            ArchiveText.line(104, ArchiveText.order("e"), part: 0),
            ArchiveText.line(104, ArchiveText.order("f"), part: 1),
            ArchiveText.line(105, ArchiveText.order("g")),
        ]
        func counters(_ objects: [ArraySlice<[UInt8]>]) -> RebuiltCounters {
            var events = EventBytes()
            for (number, lines) in objects.enumerated() {
                let account = Self.account(Array(lines), object: UInt32(number))
                events = events.adding(account.events.bytes)
            }
            var counters = RebuiltCounters()
            counters.add(events, lifetime: lifetime)
            return counters
        }
        let whole = counters([lines[...]])
        let overlapping = counters([lines[..<6], lines[2...]])
        #expect(whole.summary.counted == 7 && whole.summary.copies.isEmpty)
        #expect(overlapping.rows == whole.rows)
        #expect(overlapping.summary.counted == 7 && overlapping.summary.repetitions == 0)
        #expect(
            overlapping.summary.copies.sorted() == ([1, 2, 3, 4] as [UInt32]).map { LinePlace(object: 1, line: $0) }
        )
    }

    /// Producers repeat an event within one request: the same bytes in two records of one instant.
    @Test(arguments: [(0, 2), (1_000, 1)] as [(Int64, Int)])
    func `two records of one event are two, also where all but their places is the same`(lifetime: Int64, counted: Int)
    {
        for parts in [[nil, nil], [0, 1]] as [[Int?]] {
            let lines = parts.enumerated().map { number, part in
                ArchiveText.line(part == nil ? 100 + number : 100, ArchiveText.order("a"), part: part)
            }
            var counters = RebuiltCounters()
            counters.add(Self.account(lines).events, lifetime: lifetime)
            #expect(counters.summary.counted == counted)
            #expect(counters.summary.copies.isEmpty)
        }
    }

    /// The members of a payload in which each order below says something else than the first.
    private static let said = [
        #""OrderId":"O","TotalAmount":10.5,"Currency":"EUR","ProductIds":["P","Q"],"Quantities":{"P":2,"Q":3}"#,
        #""OrderId":"O","TotalAmount":"10.50","Currency":"eur","ProductIds":["Q","P"],"Quantities":{"Q":3,"P":2}"#,
        #""OrderId":"o","TotalAmount":10.5,"Currency":"EUR","ProductIds":["P","Q"],"Quantities":{"P":2,"Q":3}"#,
        #""OrderId":"O","TotalAmount":10.51,"Currency":"EUR","ProductIds":["P","Q"],"Quantities":{"P":2,"Q":3}"#,
        #""OrderId":"O","TotalAmount":10.5,"Currency":"USD","ProductIds":["P","Q"],"Quantities":{"P":2,"Q":3}"#,
        #""OrderId":"O","TotalAmount":10.5,"Currency":"EUR","ProductIds":["P","Q"],"Quantities":{"P":3,"Q":2}"#,
        #""OrderId":"O","TotalAmount":10.5,"Currency":"EUR","ProductIds":["P"],"Quantities":{"P":2,"Q":3}"#,
        #""OrderId":"O","TotalAmount":10.5,"Currency":"EUR","ProductIds":["P","R"],"Quantities":{"P":2,"R":3}"#,
    ]

    @Test(arguments: said.indices)
    func `what says the same is a repetition, and anything else another order`(other: Int) throws {
        let decoder = OrderRecordDecoder()
        func payload(_ place: Int) -> String {
            #"{"MessageId":"m","Type":"OrderCreatedV1","Payload":{\#(Self.said[place]),"createdUtc":"2025-08-27T10:00:00Z"}}"#
        }
        let account = Self.account(
            [0, other].enumerated().map { number, place in
                ArchiveText.line(100 + number, #""record":"# + payload(place))
            }
        )
        var counters = RebuiltCounters()
        counters.add(account.events, lifetime: 1_000)
        // As the aggregator tells them apart.
        let facts = try [0, other].map { place in
            let record = decoder.decode(Array(payload(place).utf8), eventID: "", arrival: nil)
            guard case .order(let order) = record else { throw TestError.noOrder }
            return order.facts
        }
        #expect(counters.summary.counted == 1)
        #expect(counters.summary.repetitions == (facts[0] == facts[1] ? 1 : 0))
        #expect(counters.summary.conflicts.count == (facts[0] == facts[1] ? 0 : 1))
        #expect((facts[0] == facts[1]) == (other < 2))
    }

    private enum TestError: Error { case noOrder }

    @Test func `recent events stand behind their shard's checkpoint, or in a shard without one`() {
        func recent(_ checkpoints: [String: String]) -> [RecentEvent] {
            var account = ObjectAccount(
                object: 0,
                key: ArchiveText.key,
                decoder: OrderRecordDecoder(),
                wishes: ObjectAccount.Wishes(recent: checkpoints)
            )
            for (number, second) in [(100, "00"), (101, "01.2"), (102, "59")] {
                let line = ArchiveText.line(
                    number,
                    ArchiveText.order("m\(number)"),
                    arrivedAt: "2025-08-27T18:08:\(second)Z"
                )
                account.add(line[...])
            }
            return account.recent
        }
        #expect(recent([ArchiveText.shard: "00101"]).map(\.sequenceNumber) == ["102"])
        #expect(recent(["shardId-000000000009": "101"]).map(\.sequenceNumber) == ["100", "101", "102"])
        #expect(recent([:]).map(\.arrival) == [1_756_318_080, 1_756_318_081, 1_756_318_139])
        #expect(recent([:]).map { $0.isBehind([ArchiveText.shard: "101"]) } == [false, false, true])
    }

    /// Records 100 and 101, of which the second has two orders, and an object that begins with that one.
    @Test func `what an object has of another one is recent once, and an order of it missing once`() {
        let lines = [
            ArchiveText.line(100, ArchiveText.order("a")), ArchiveText.line(101, ArchiveText.order("b"), part: 0),
            ArchiveText.line(101, ArchiveText.order("c"), part: 1),
        ]
        var recent: [RecentEvent] = []
        var orders: [PlacedOrder] = []
        for (number, lines) in [lines[...], lines[1...]].enumerated() {
            var account = ObjectAccount(
                object: UInt32(number),
                key: ArchiveText.key,
                decoder: OrderRecordDecoder(),
                wishes: ObjectAccount.Wishes(orders: Day(number: 1_01_01)...Day(number: 9999_12_31), recent: [:])
            )
            for line in lines { account.add(line[...]) }
            recent += account.recent
            orders = account.orders + orders
        }
        let places = ([1, 2, 3] as [UInt32]).map { LinePlace(object: 0, line: $0) }
        #expect(recent.count == 5 && RecentEvent.once(recent).map(\.place) == places)
        #expect(orders.count == 5 && PlacedOrder.once(orders).map(\.place) == places)
    }

    @Test func `each line is compared with the checkpoint of its own shard`() {
        let shards = ["shardId-000000000000", "shardId-000000000001", "shardId-000000000002"]
        var account = ObjectAccount(
            stream: 0,
            decoder: OrderRecordDecoder(),
            wishes: ObjectAccount.Wishes(recent: [shards[0]: "11", shards[1]: "10"])
        )
        for number in 10...12 {
            for shard in shards {
                let line = ArchiveText.line(number, ArchiveText.order("\(shard)-\(number)"), shard: shard)
                account.add(line[...])
            }
        }
        let recent = account.recent.map { "\($0.shardID.suffix(1)) \($0.sequenceNumber)" }
        #expect(recent == ["2 10", "1 11", "2 11", "0 12", "1 12", "2 12"])
    }

    @Test func `objects are in the order of their records, however many digits these have`() {
        let hours = "orders/dt=2025-08-27/hour="
        let keys = [
            "\(hours)18/\(ArchiveText.shard)-99.ndjson.gz", "\(hours)18/\(ArchiveText.shard)-100.ndjson.gz",
            "\(hours)18/shardId-000000000001-5.ndjson.gz", "\(hours)19/\(ArchiveText.shard)-101.ndjson.gz",
            "orders/notes.gz",
        ]
        #expect(ArchiveObjectName.inOrder(keys.shuffled()) == keys)
    }

    @Test func `an object of another name is named`() {
        #expect(Self.account([], key: "orders/dt=2025-08-27/hour=18/x.gz").faults.map(\.kind) == [.name])
    }
}
