import AWSClient
import JSONText
import LambdaEvents
import OrderFunctions
import Orders
import OrdersCommand
import Platform
import TestSupport
import Testing

@Suite struct CountExplanationTests {
    private static let decoder = OrderRecordDecoder()
    private static let now = UTCInstant(secondsSince1970: 1_764_342_000)

    /// Lines as the archiver writes them, of records that arrived one after the other.
    private static func records(_ payloads: [String]) throws -> [ArchivedRecord] {
        let records = payloads.enumerated().map { index, payload in
            """
            {"kinesis":{"partitionKey":"k","sequenceNumber":"\(4_900 + index)","data":"\(Base64.encode(Array(payload.utf8)))",\
            "approximateArrivalTimestamp":1764341\(100 + index).5},"eventSource":"aws:kinesis",\
            "eventID":"shardId-000000000000:\(4_900 + index)","eventName":"aws:kinesis:record",\
            "eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders"}
            """
        }
        let event = "{\"Records\":[\(records.joined(separator: ","))]}"
        return try ArchiveLines.lines(of: Array(event.utf8), Self.decoder).enumerated().map { index, line in
            try #require(ArchivedRecord(line[...], key: "orders/dt=2025-11-28/hour=14/a.ndjson.gz", line: index + 1))
        }
    }

    private static func event(_ message: String, _ order: String, amount: String = "250.5") -> String {
        """
        {"MessageId":"\(message)","OccurredUtc":"2025-11-28T14:00:00Z","Type":"OrderCreatedV1","Version":1,\
        "Payload":{"OrderId":"\(order)","TotalAmount":\(amount),"Currency":"EUR","ProductIds":["P1","P2"]}}
        """
    }

    /// The marker that the aggregator writes for the order.
    private static func marker(of payload: String) throws -> AttributeMap {
        let decoded = Self.decoder.decode(Array(payload.utf8), eventID: "e", arrival: nil)
        guard case .order(let event) = decoded else { throw Missing() }
        return ["PK": .s("EVENT#"), "digest": .s(try #require(EventDigest.text(of: event)))]
    }

    private struct Missing: Error {}

    private static func outcomes(_ payloads: [String], _ state: CountExplanation.State) throws -> [String] {
        CountExplanation(of: try Self.records(payloads), state, Self.decoder).entries.map(\.outcome.name)
    }

    @Test func `an order counts once, where its rows say, and what comes again is a repetition`() throws {
        let payload = Self.event("m-1", "O-1")
        let state = CountExplanation.State(
            usesMarkers: true,
            markers: ["m-1": try Self.marker(of: payload)],
            markerLifetime: .seconds(86_400),
            now: Self.now
        )
        let explanation = CountExplanation(of: try Self.records([payload, payload]), state, Self.decoder)
        #expect(explanation.entries.map(\.outcome) == [.counted, .repetition])
        #expect(explanation.count == 1)
        #expect(
            explanation.entries[0].rows.map { "\($0.key.partitionKey) \($0.key.sortKey)" } == [
                "REVENUE#2025-11-28 EUR", "ORDERS#2025-11-28 TOTAL", "PRODUCT#2025-11-28 P1#EUR",
                "PRODUCT#2025-11-28 P2#EUR",
            ]
        )
        #expect(explanation.entries[1].rows.isEmpty)
    }

    @Test func `an order under the MessageId of another one was not counted`() throws {
        let state = CountExplanation.State(
            usesMarkers: true,
            markers: ["m-1": try Self.marker(of: Self.event("m-1", "O-1"))],
            markerLifetime: .seconds(86_400),
            now: Self.now
        )
        #expect(try Self.outcomes([Self.event("m-1", "O-9")], state) == ["otherOrder"])
    }

    @Test func `without its marker an order is not counted yet, or its marker has expired`() throws {
        let payload = Self.event("m-1", "O-1")
        var state = CountExplanation.State(usesMarkers: true, markerLifetime: .seconds(86_400), now: Self.now)
        #expect(try Self.outcomes([payload], state) == ["notYet"])
        state.now = Self.now + .seconds(2 * 86_400)
        #expect(try Self.outcomes([payload], state) == ["unknown"])
    }

    @Test func `with a checkpoint instead of markers the place in the shard decides`() throws {
        var state = CountExplanation.State(usesMarkers: false, now: Self.now)
        let payloads = [Self.event("m-1", "O-1"), Self.event("m-1", "O-1"), Self.event("m-1", "O-1")]
        #expect(try Self.outcomes(payloads, state) == ["notYet", "notYet", "notYet"])
        state.checkpoints = ["shardId-000000000000": "0000000000004901"]
        #expect(try Self.outcomes(payloads, state) == ["counted", "counted", "notYet"])
    }

    @Test func `what is no order, or cannot be read, was not counted`() throws {
        let state = CountExplanation.State(usesMarkers: true, markerLifetime: .seconds(86_400), now: Self.now)
        let payloads = [Self.event("m-1", "O-1", amount: "-5"), #"{"Type":"Heartbeat"}"#, "no JSON"]
        let explanation = CountExplanation(of: try Self.records(payloads), state, Self.decoder)
        #expect(explanation.entries.map(\.outcome.name) == ["refused", "skipped", "refused"])
        guard case .refused(let reason) = explanation.entries[0].outcome else { throw Missing() }
        #expect(reason.contains("$.Payload.TotalAmount"))
        #expect(explanation.entries.allSatisfy { $0.rows.isEmpty })
    }

    @Test func `a refused order is one of its day's once the aggregator has come to it`() throws {
        let payload = Self.event("m-1", "O-1", amount: "-5")
        var state = CountExplanation.State(usesMarkers: true, markerLifetime: .seconds(86_400), now: Self.now)
        let places = (4_900...4_902).map { "shardId-000000000000:\($0)" }
        state.markers = Dictionary(uniqueKeysWithValues: places.map { ($0, ["PK": .s("EVENT#\($0)")]) })
        let records = try Self.records([payload, payload, "no JSON"])
        let total = "ORDERS#2025-11-28 TOTAL TotalOrders +1 SuccessfulOrders +0"
        #expect(Self.rows(CountExplanation(of: records, state, Self.decoder)) == [[total], [], []])
        state = CountExplanation.State(usesMarkers: false, checkpoints: ["shardId-000000000000": "4900"], now: Self.now)
        #expect(Self.rows(CountExplanation(of: records, state, Self.decoder)) == [[total], [], []])
    }

    private static func rows(_ explanation: CountExplanation) -> [[String]] {
        explanation.entries.map { entry in
            entry.rows.map { row in
                let deltas = row.delta.attributes.map { "\($0.name) +\($0.number)" }
                return ([row.key.partitionKey, row.key.sortKey] + deltas).joined(separator: " ")
            }
        }
    }
}
