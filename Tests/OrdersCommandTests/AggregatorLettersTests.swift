import ArchiveAccounts
import JSONText
import LambdaEvents
import OrderFunctions
import Orders
import OrdersCommand
import PipesRunner
import Platform
import TestSupport
import Testing

/// Which rows a dead letter of the aggregator is about, and whether a redrive would add to them.
@Suite struct AggregatorLettersTests {
    private static func letter(_ record: String, reason: String) throws -> DeadLetterMessage.FunctionLetter {
        let body = """
            {"format":1,"function":"AnalyticsAggregator","reason":"\(reason)","source":"arn:aws:kinesis:eu-central-1:\
            123456789012:stream/orders","shardId":"shardId-000000000000","sequenceNumber":"4900",\
            "record":"\(Base64.encode(Array(record.utf8)))"}
            """
        guard case .letter(let letter) = DeadLetterMessage(body: body) else { throw Missing() }
        return letter
    }

    private struct Missing: Error {}

    /// Records of letters may be 21 days old.
    private static let age = RedriveAge(retention: .seconds(7 * 86_400))
    private static let now = UTCInstant(secondsSince1970: 1_764_338_400)

    private static let order = Self.order(amount: "5")

    private static func order(amount: String) -> String {
        """
        {"MessageId":"m","OccurredUtc":"2025-11-28T14:00:00Z","Type":"OrderCreatedV1","Version":1,\
        "Payload":{"OrderId":"O","TotalAmount":\(amount),"Currency":"EUR","ProductIds":["P1"]}}
        """
    }

    private static func rows(
        _ record: String,
        reason: String = "too old",
        arrival: String? = nil
    ) throws -> [String: LetterCount] {
        let letter = try Self.letter(record, reason: reason)
        let sent = arrival.flatMap { ISO8601Instant($0) }.map { UTCInstant(secondsSince1970: $0.secondsSince1970) }
        let rows = letter.rows(Array(record.utf8), sent: sent, OrderRecordDecoder(), Self.age, now: Self.now)
        return Dictionary(uniqueKeysWithValues: rows.map { ("\($0.key.partitionKey) \($0.key.sortKey)", $0.value) })
    }

    @Test func `what is an order by the rules of now would count in its rows`() throws {
        let count = LetterCount(all: 1, countable: 1)
        #expect(
            try Self.rows(Self.order) == [
                "REVENUE#2025-11-28 EUR": count, "ORDERS#2025-11-28 TOTAL": count, "PRODUCT#2025-11-28 P1#EUR": count,
            ]
        )
    }

    @Test func `what is still refused is in its day's orders by now`() throws {
        let count = LetterCount(all: 1, countable: 0)
        #expect(try Self.rows(Self.order(amount: "-5")) == ["ORDERS#2025-11-28 TOTAL": count])
        // Its clock goes ahead of what stands for the arrival.
        let ahead = try Self.rows(Self.order, arrival: "2025-11-26T14:00:00Z")
        #expect(ahead.keys.sorted() == ["ORDERS#2025-11-26 TOTAL"] && ahead.values.first == count)
        #expect(try Self.rows("no JSON").isEmpty)
        #expect(try Self.rows(#"{"Type":"Heartbeat"}"#).isEmpty)
    }

    @Test func `a letter of an aggregate that no process could read is about the orders in it`() throws {
        var encoder = KinesisAggregateEncoder()
        encoder.add("a", Array(Self.order.utf8))
        encoder.add("b", Array(Self.order(amount: "-5").utf8))
        encoder.add("c", Array(Self.order.replacing("\"P1\"", with: "\"P2\"").utf8))
        let letter = try Self.letter("", reason: "a process died of it")
        let rows = letter.rows(encoder.bytes, sent: nil, OrderRecordDecoder(), Self.age, now: Self.now)
        let names = rows.keys.map { "\($0.partitionKey) \($0.sortKey)" }.sorted()
        #expect(
            names == [
                "ORDERS#2025-11-28 TOTAL", "PRODUCT#2025-11-28 P1#EUR", "PRODUCT#2025-11-28 P2#EUR",
                "REVENUE#2025-11-28 EUR",
            ]
        )
        #expect(rows.values.allSatisfy { $0 == LetterCount(all: 1, countable: 1) })
    }

    @Test func `a letter's own arrival goes before when it was sent, and decides whether it is too old`() throws {
        let body = #"{"format":1,"function":"F","source":"s","arrivedAt":"2025-11-28T14:00:01Z","record":"YQ=="}"#
        guard case .letter(let letter) = DeadLetterMessage(body: body) else { throw Missing() }
        let early = UTCInstant(secondsSince1970: 1_700_000_000)
        // A redrive takes it as long as its record is not too old; then the archive alone has the order.
        let arrival = try #require(letter.arrival)
        let last = arrival + .seconds(21 * 86_400)
        for (now, countable) in [(arrival, 1), (last, 1), (last + .milliseconds(1), 0)] {
            let rows = letter.rows(Array(Self.order.utf8), sent: early, OrderRecordDecoder(), Self.age, now: now)
            #expect(rows.count == 3)
            #expect(rows.values.allSatisfy { $0 == LetterCount(all: 1, countable: countable) })
        }
    }

    @Test func `another order under a used id would be refused again`() throws {
        let rows = try Self.rows(Self.order, reason: EventDigest.conflict)
        #expect(rows.count == 3 && rows.values.allSatisfy { $0 == LetterCount(all: 1, countable: 0) })
    }

    @Test func `counts add up`() {
        var count = LetterCount.none
        count.add(LetterCount(all: 2, countable: 1))
        count.add(LetterCount(all: 1, countable: 1))
        #expect(count == LetterCount(all: 3, countable: 2))
    }
}
