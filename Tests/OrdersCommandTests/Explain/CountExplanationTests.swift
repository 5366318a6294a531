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
    static let decoder = OrderRecordDecoder()
    static let shard = "shardId-000000000000"

    /// Lines as the archiver writes them, of records that arrived one after the other.
    static func records(
        _ payloads: [String],
        archivedBy decoder: OrderRecordDecoder = Self.decoder
    ) throws -> [ArchivedRecord] {
        let records = payloads.enumerated().map { index, payload in
            """
            {"kinesis":{"partitionKey":"k","sequenceNumber":"\(4_900 + index)","data":"\(Base64.encode(Array(payload.utf8)))",\
            "approximateArrivalTimestamp":1764341\(100 + index).5},"eventSource":"aws:kinesis",\
            "eventID":"shardId-000000000000:\(4_900 + index)","eventName":"aws:kinesis:record",\
            "eventSourceARN":"arn:aws:kinesis:us-east-1:000000000000:stream/orders"}
            """
        }
        let event = "{\"Records\":[\(records.joined(separator: ","))]}"
        return try ArchiveLines.lines(of: Array(event.utf8), decoder).enumerated().map { index, line in
            try #require(ArchivedRecord(line[...], key: "orders/dt=2025-11-28/hour=14/a.ndjson.gz", line: index + 1))
        }
    }

    static func event(_ message: String?, _ order: String, amount: String = "250.5") -> String {
        let message = message.map { "\"MessageId\":\"\($0)\"," } ?? ""
        return """
            {\(message)"OccurredUtc":"2025-11-28T14:00:00Z","Type":"OrderCreatedV1","Version":1,\
            "Payload":{"OrderId":"\(order)","TotalAmount":\(amount),"Currency":"EUR","ProductIds":["P1","P2"]}}
            """
    }

    /// The claim that the aggregator writes for the order of a record.
    static func claim(of payload: String, number: Int, shard: String = Self.shard) throws -> AttributeMap {
        let decoded = Self.decoder.decode(Array(payload.utf8), eventID: "e", arrival: nil)
        guard case .order(let event) = decoded else { throw Missing() }
        var claim: AttributeMap = [
            "PK": .s("EVENT#\(event.id.text)"), "SK": .s("EVENT"), "format": .n("2"), "stream": .s("orders"),
            "shardId": .s(shard), "sequenceNumber": .s(try #require(SequenceNumber("\(number)")?.sortable)),
        ]
        claim["digest"] = EventDigest.text(of: event).map { .s($0) }
        return claim
    }

    /// The aggregator has counted the shard up to a record.
    static func state(claims: [String: AttributeMap] = [:], upTo number: Int) -> CountExplanation.State {
        let checkpoints = [Self.shard: "\(number)"]
        return CountExplanation.State(usesClaims: true, claims: Fixtures.byID(claims), checkpoints: checkpoints)
    }

    private struct Missing: Error {}

    private static func outcomes(_ payloads: [String], _ state: CountExplanation.State) throws -> [String] {
        CountExplanation(of: try Self.records(payloads), state, Self.decoder).entries.map(\.outcome.name)
    }

    @Test func `an order counts once, where its rows say, and what comes again is a repetition`() throws {
        let payload = Self.event("m-1", "O-1")
        let state = Self.state(claims: ["m-1": try Self.claim(of: payload, number: 4_900)], upTo: 4_901)
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
        let claim = try Self.claim(of: Self.event("m-1", "O-1"), number: 4_000)
        let state = Self.state(claims: ["m-1": claim], upTo: 4_900)
        #expect(try Self.outcomes([Self.event("m-1", "O-9")], state) == ["otherOrder"])
    }

    @Test func `events whose ids are canonically equivalent have a claim each`() throws {
        let payloads = Fixtures.equivalentTexts.map { Self.event($0, "O-1") }
        let ids = Fixtures.equivalentTexts.map(Fixtures.orderID)
        var state = Self.state(upTo: 4_901)
        for (place, id) in ids.enumerated() {
            state.claims[id] = try Self.claim(of: payloads[place], number: 4_900 + place)
        }
        #expect(try Self.outcomes(payloads, state) == ["counted", "counted"])
        // One is repeated by the first record, and the other one waits.
        state.claims[ids[0]] = try Self.claim(of: payloads[0], number: 4_000)
        state.checkpoints = [Self.shard: "4900"]
        #expect(try Self.answer(payloads, state) == .yesElsewhere)
    }

    @Test func `the record that owns the claim is the one that counts, wherever it stands`() throws {
        let payload = Self.event("m-1", "O-1")
        let state = Self.state(claims: ["m-1": try Self.claim(of: payload, number: 4_901)], upTo: 4_901)
        #expect(try Self.outcomes([payload, payload], state) == ["repetition", "counted"])
    }

    @Test func `beyond the checkpoint nothing is counted yet, and before it a claim may have expired`() throws {
        let payload = Self.event("m-1", "O-1")
        let claims = ["m-1": try Self.claim(of: payload, number: 4_900)]
        #expect(try Self.outcomes([payload], Self.state(claims: claims, upTo: 4_899)) == ["notYet"])
        #expect(try Self.outcomes([payload], Self.state(upTo: 4_900)) == ["unknown"])
    }

    @Test func `without claims the place in the shard decides`() throws {
        var state = CountExplanation.State(usesClaims: false)
        let payloads = [Self.event("m-1", "O-1"), Self.event("m-1", "O-1"), Self.event("m-1", "O-1")]
        #expect(try Self.outcomes(payloads, state) == ["notYet", "notYet", "notYet"])
        state.checkpoints = ["shardId-000000000000": "0000000000004901"]
        #expect(try Self.outcomes(payloads, state) == ["counted", "counted", "notYet"])
    }

    @Test func `what is no order, or cannot be read, was not counted`() throws {
        let state = Self.state(upTo: 4_899)
        let payloads = [Self.event("m-1", "O-1", amount: "-5"), #"{"Type":"Heartbeat"}"#, "no JSON"]
        let explanation = CountExplanation(of: try Self.records(payloads), state, Self.decoder)
        #expect(explanation.entries.map(\.outcome.name) == ["refused", "skipped", "refused"])
        guard case .refused(let reason) = explanation.entries[0].outcome else { throw Missing() }
        #expect(reason.contains("$.Payload.TotalAmount"))
        #expect(explanation.entries.allSatisfy { $0.rows.isEmpty })
    }

    @Test func `a refused order is one of its day's once the aggregator has come to it`() throws {
        let payload = Self.event("m-1", "O-1", amount: "-5")
        let records = try Self.records([payload, payload, "no JSON"])
        let total = "ORDERS#2025-11-28 TOTAL TotalOrders +1 SuccessfulOrders +0"
        #expect(Self.rows(CountExplanation(of: records, Self.state(upTo: 4_902), Self.decoder)) == [[total], [], []])
        #expect(Self.rows(CountExplanation(of: records, Self.state(upTo: 4_899), Self.decoder)) == [[], [], []])
    }

    @Test func `what a lost record and the one that took its claim over have counted is told of each`() throws {
        let payload = Self.event("m-1", "O-1")
        var claim = try Self.claim(of: payload, number: 4_902)
        claim["day"] = .n("20251127")
        claim["rowsCountedBefore"] = .ss(["ORDERS#2025-11-27 TOTAL", "REVENUE#2025-11-27 EUR"])
        claim["formerOwners"] = .ss(["orders:\(Self.shard):4900", "orders:\(Self.shard):4901"])
        let records = try Self.records([payload, payload, payload, payload])
        let state = Self.state(claims: ["m-1": claim], upTo: 4_903)
        let explanation = CountExplanation(of: records, state, Self.decoder)
        #expect(explanation.entries.map(\.outcome) == [.countedInPart, .countedInPart, .counted, .repetition])
        #expect(explanation.count == 1)
        #expect(
            explanation.entries.map { $0.rows.map { "\($0.key.partitionKey) \($0.key.sortKey)" } } == [
                ["REVENUE#2025-11-27 EUR", "ORDERS#2025-11-27 TOTAL"], [],
                ["PRODUCT#2025-11-27 P1#EUR", "PRODUCT#2025-11-27 P2#EUR"], [],
            ]
        )
    }

    @Test func `a record that was lost before it was counted anywhere is a repetition`() throws {
        let payload = Self.event("m-1", "O-1")
        var claim = try Self.claim(of: payload, number: 4_901)
        claim["formerOwners"] = .ss(["orders:\(Self.shard):4900"])
        #expect(
            try Self.outcomes([payload, payload], Self.state(claims: ["m-1": claim], upTo: 4_901)) == [
                "repetition", "counted",
            ]
        )
    }

    @Test func `a refused record that was redriven under other rules was counted`() throws {
        let payload = Self.event("m-1", "O-1")
        let december = try #require(Timestamp("2025-12-01T00:00:00Z"))
        let strict = OrderRecordDecoder(rules: InputRules(earliest: december))
        let records = try Self.records([payload, payload], archivedBy: strict)
        let shard = "redrive-1-\(Self.shard)-4900"
        let state = Self.state(claims: ["m-1": try Self.claim(of: payload, number: 4_900, shard: shard)], upTo: 4_901)
        let explanation = CountExplanation(of: records, state, Self.decoder)
        #expect(explanation.entries.map(\.outcome.name) == ["counted", "refused"])
        #expect(explanation.entries.map(\.rows.count) == [4, 0])
    }

    /// The claim of the dead letter of a record, or of the aggregate, at a place.
    static func letter(of payload: String, number: Int, place: String) throws -> AttributeMap {
        var letter = try Self.claim(of: payload, number: number)
        letter["PK"] = .s("EVENT#\(place)")
        letter["SK"] = .s("LETTER")
        letter["digest"] = nil
        return letter
    }

    /// The claim under the place of a record without a `MessageId` is its dead letter's.
    @Test func `a record in a dead letter was not counted, whatever it is by the rules of now`() throws {
        let payload = Self.event(nil, "O-1")
        let december = try #require(Timestamp("2025-12-01T00:00:00Z"))
        for decoder in [OrderRecordDecoder(rules: InputRules(earliest: december)), Self.decoder] {
            let records = try Self.records([payload], archivedBy: decoder)
            let place = "\(Self.shard):4900"
            var state = Self.state(upTo: 4_900)
            state.letters = [Fixtures.orderID(place): try Self.letter(of: payload, number: 4_900, place: place)]
            let explanation = CountExplanation(of: records, state, Self.decoder)
            #expect(explanation.entries.map(\.outcome.name) == ["refused"])
            #expect(explanation.count == 0)
            // A redrive may have counted it, whose claim has ended.
            #expect(explanation.answer == .unknown)
        }
    }

    /// The archive has it as accepted, and the aggregator is past it and has put no claim of its order.
    @Test(arguments: [true, false])
    func `an accepted order in a dead letter was not counted, whichever way repetitions are told`(
        usesClaims: Bool
    ) throws {
        let payloads = [Self.event("m-1", "O-1"), Self.event("m-2", "O-1")]
        let place = "\(Self.shard):4900"
        var state = CountExplanation.State(usesClaims: usesClaims, checkpoints: [Self.shard: "4901"])
        state.letters = [Fixtures.orderID(place): try Self.letter(of: payloads[0], number: 4_900, place: place)]
        let explanation = CountExplanation(of: try Self.records(payloads), state, Self.decoder)
        // The letter is the first record's alone.
        #expect(explanation.entries.map(\.outcome.name) == ["refused", usesClaims ? "unknown" : "counted"])
        #expect(explanation.entries[0].rows.isEmpty && explanation.entries[0].mayCount)
        #expect(try Self.answer([payloads[0]], state) == .unknown)
        state.checkpoints = [Self.shard: "4899"]
        #expect(try Self.outcomes([payloads[0]], state) == ["notYet"])
    }

    @Test func `an accepted order that was redriven out of a dead letter was counted, as its claim says`() throws {
        let payload = Self.event("m-1", "O-1")
        let place = "\(Self.shard):4900"
        let shard = "redrive-1-\(Self.shard)-4900"
        var state = Self.state(claims: ["m-1": try Self.claim(of: payload, number: 4_900, shard: shard)], upTo: 4_900)
        state.letters = [Fixtures.orderID(place): try Self.letter(of: payload, number: 4_900, place: place)]
        #expect(try Self.outcomes([payload], state) == ["counted"])
    }

    @Test(arguments: [true, false])
    func `a part of an aggregate is in its own dead letter, or in that of the whole aggregate`(
        usesClaims: Bool
    ) throws {
        let payload = Self.event("m-1", "O-1")
        let line = """
            {"shardId":"\(Self.shard)","sequenceNumber":"4900","subSequenceNumber":3,"record":\(payload),\
            "arrivedAt":"2025-11-28T14:45:00.500Z","order":{"verdict":"accepted","eventId":"m-1","orderId":"O-1"}}
            """
        let record = try #require(ArchivedRecord(Array(line.utf8)[...], key: "orders/a.ndjson.gz", line: 1))
        func outcome(_ letterPlace: String, part: Int?) throws -> String? {
            var letter = try Self.letter(of: payload, number: 4_900, place: letterPlace)
            letter["subSequenceNumber"] = part.map { .n("\($0)") }
            let state = CountExplanation.State(
                usesClaims: usesClaims,
                letters: [Fixtures.orderID(letterPlace): letter],
                checkpoints: [Self.shard: "4900"]
            )
            return CountExplanation(of: [record], state, Self.decoder).entries.first?.outcome.name
        }
        #expect(try outcome("\(Self.shard):4900:3", part: 3) == "refused")
        #expect(try outcome("\(Self.shard):4900", part: nil) == "refused")
        #expect(try outcome("\(Self.shard):4900:2", part: 2) == (usesClaims ? "unknown" : "counted"))
    }

    // MARK: The answer of all records together

    private static func answer(
        _ payloads: [String],
        _ state: CountExplanation.State,
        archivedBy archiver: OrderRecordDecoder = Self.decoder,
        readBy decoder: OrderRecordDecoder = Self.decoder
    ) throws -> CountExplanation.Answer {
        CountExplanation(of: try Self.records(payloads, archivedBy: archiver), state, decoder).answer
    }

    /// A decoder that refuses the orders of these tests for their date.
    static func strictDecoder() throws -> OrderRecordDecoder {
        OrderRecordDecoder(rules: InputRules(earliest: try #require(Timestamp("2025-12-01T00:00:00Z"))))
    }

    @Test func `an order was counted as often as records of it were`() throws {
        let payloads = [Self.event("m-1", "O-1"), Self.event("m-2", "O-1"), Self.event("m-2", "O-1")]
        let claims = [
            "m-1": try Self.claim(of: payloads[0], number: 4_900),
            "m-2": try Self.claim(of: payloads[1], number: 4_901),
        ]
        #expect(try Self.answer(payloads, Self.state(claims: claims, upTo: 4_902)) == .yes(times: 2))
        #expect(try Self.answer(payloads, Self.state(claims: claims, upTo: 4_900)) == .yes(times: 1))
    }

    @Test func `an order whose records only repeat was counted by one that was not found`() throws {
        let payloads = [Self.event("m-1", "O-1"), Self.event("m-2", "O-1")]
        let claims = ["m-1": try Self.claim(of: payloads[0], number: 4_000)]
        #expect(try Self.answer([payloads[0]], Self.state(claims: claims, upTo: 4_900)) == .yesElsewhere)
        // Another event of the order still waits.
        #expect(try Self.answer(payloads, Self.state(claims: claims, upTo: 4_900)) == .yesElsewhere)
    }

    @Test func `an order is not counted yet while its records wait, also the one that others repeat`() throws {
        let payload = Self.event("m-1", "O-1")
        #expect(try Self.answer([payload], Self.state(upTo: 4_899)) == .notYet)
        let claims = ["m-1": try Self.claim(of: payload, number: 4_901)]
        #expect(try Self.answer([payload, payload], Self.state(claims: claims, upTo: 4_900)) == .notYet)
        let refused = Self.event("m-2", "O-1", amount: "-5")
        #expect(try Self.answer([refused, payload], Self.state(upTo: 4_900)) == .notYet)
    }

    @Test func `an order is counted in part where only a lost record of it is known to count`() throws {
        let payload = Self.event("m-1", "O-1")
        var claim = try Self.claim(of: payload, number: 4_902)
        claim["day"] = .n("20251127")
        claim["rowsCountedBefore"] = .ss(["ORDERS#2025-11-27 TOTAL", "REVENUE#2025-11-27 EUR"])
        claim["formerOwners"] = .ss(["orders:\(Self.shard):4900"])
        #expect(try Self.answer([payload], Self.state(claims: ["m-1": claim], upTo: 4_900)) == .inPart)
    }

    @Test func `nothing tells of an order whose claim has expired, or whose line cannot be read any more`() throws {
        let payload = Self.event("m-1", "O-1")
        #expect(try Self.answer([payload], Self.state(upTo: 4_900)) == .unknown)
        #expect(try Self.answer([payload], Self.state(upTo: 4_900), readBy: Self.strictDecoder()) == .unknown)
        let payloads = [payload, Self.event("m-2", "O-1", amount: "-5")]
        #expect(try Self.answer(payloads, Self.state(upTo: 4_901)) == .unknown)
    }

    @Test func `a refused order that a redrive or its correction may have counted is not called uncounted`() throws {
        let strict = try Self.strictDecoder()
        for payload in [Self.event("m-1", "O-1"), Self.event(nil, "O-1")] {
            #expect(try Self.answer([payload], Self.state(upTo: 4_900), archivedBy: strict) == .unknown)
            // As long as the rules are the same, no redrive counts it.
            #expect(try Self.answer([payload], Self.state(upTo: 4_900), archivedBy: strict, readBy: strict) == .no)
        }
        let corrected = ["m-1": try Self.claim(of: Self.event("m-1", "O-1"), number: 4_000)]
        let refused = Self.event("m-1", "O-1", amount: "-5")
        #expect(try Self.answer([refused], Self.state(claims: corrected, upTo: 4_900)) == .unknown)
        let explanation = CountExplanation(
            of: try Self.records([refused]),
            Self.state(claims: corrected, upTo: 4_900),
            Self.decoder
        )
        let text = "whether a redrive or another record of its MessageId counted it cannot be told"
        #expect(explanation.entries[0].text.hasSuffix(text))
    }

    @Test func `an order was not counted where each record was refused, skipped or took another order's id`() throws {
        let payloads = [Self.event("m-1", "O-1", amount: "-5"), #"{"Type":"Heartbeat"}"#, Self.event("m-2", "O-1")]
        let claims = ["m-2": try Self.claim(of: Self.event("m-2", "O-9"), number: 4_000)]
        let state = Self.state(claims: claims, upTo: 4_902)
        #expect(try Self.outcomes(payloads, state) == ["refused", "skipped", "otherOrder"])
        #expect(try Self.answer(payloads, state) == .no)
        let strict = try Self.strictDecoder()
        let taken = Self.state(claims: claims, upTo: 4_900)
        #expect(try Self.answer([payloads[2]], taken, archivedBy: strict) == .no)
    }

    @Test(arguments: [
        (CountExplanation.Answer.yes(times: 1), "yes", "yes, once"), (.yes(times: 2), "yes", "yes, 2 times"),
        (.yesElsewhere, "yesElsewhere", "yes, by a record that is not shown here"), (.inPart, "inPart", "in part"),
        (.notYet, "notYet", "not yet"), (.unknown, "unknown", "cannot be told"),
        (.no, "no", "no, by none of these records"),
        (.noRecord, "noRecord", "no record of it was found in the archive; only orders by Kinesis are counted"),
    ])
    func `each answer has a word for machines and one for people`(
        answer: CountExplanation.Answer,
        name: String,
        text: String
    ) {
        #expect(answer.name == name)
        #expect(answer.text == text)
    }

    @Test func `the lines for people begin with the answer`() throws {
        let payload = Self.event("m-1", "O-1")
        func headline(_ payloads: [String], _ state: CountExplanation.State) throws -> String? {
            let explanation = OrderExplanation(
                id: "O-1",
                row: nil,
                count: CountExplanation(of: try Self.records(payloads), state, Self.decoder),
                pipes: [],
                deadLetters: []
            )
            return explanation.lines(Terminal(width: nil, hasColours: false), bucket: "b", logs: LogReach([]))
                .first { $0.hasPrefix("Counted") }
        }
        #expect(try headline([payload], Self.state(upTo: 4_900)) == "Counted       cannot be told")
        #expect(try headline([payload], Self.state(upTo: 4_899)) == "Counted       not yet")
        let claims = ["m-1": try Self.claim(of: payload, number: 4_000)]
        #expect(
            try headline([payload], Self.state(claims: claims, upTo: 4_900))
                == "Counted       yes, by a record that is not shown here"
        )
        #expect(try headline([], Self.state(upTo: 4_900))?.hasPrefix("Counted       no record of it") == true)
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
