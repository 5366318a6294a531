import AWSClient
import OrderFunctions
import Orders
import OrdersCommand
import Testing

/// What explains the count of an order that was redriven: one without a `MessageId` claims the place of its record, and
/// any does with Deduplication=shard.
@Suite struct RedriveExplanationTests {
    private typealias Tests = CountExplanationTests

    @Test(arguments: [(nil, true), (nil, false), ("m-1", false), ("m-1", true)] as [(String?, Bool)])
    func `a dead letter that a redrive counted by its place was counted, whatever the archive has it as`(
        message: String?,
        usesClaims: Bool
    ) throws {
        let payload = Tests.event(message, "O-1")
        let place = "\(Tests.shard):4900"
        for archiver in [try Tests.strictDecoder(), Tests.decoder] {
            let records = try Tests.records([payload], archivedBy: archiver)
            func explanation(ownedBy shard: String) throws -> CountExplanation {
                var claim = try Tests.claim(of: payload, number: 4_900, shard: shard)
                claim["PK"] = .s("EVENT#\(place)")
                claim["digest"] = nil
                let state = CountExplanation.State(
                    usesClaims: usesClaims,
                    claims: [Fixtures.orderID(place): claim],
                    letters: [Fixtures.orderID(place): try Tests.letter(of: payload, number: 4_900, place: place)],
                    checkpoints: [Tests.shard: "4900"]
                )
                return CountExplanation(of: records, state, Tests.decoder)
            }
            for round in 1...2 {
                let counted = try explanation(ownedBy: "redrive-\(round)-\(Tests.shard)-4900")
                #expect(counted.answer == .yes(times: 1))
                #expect(counted.entries.map(\.rows.count) == [4])
            }
            // The claim of its dead letter, as rules 1 put it, and a redrive of another record.
            for shard in [Tests.shard, "redrive-1-\(Tests.shard)-4901"] {
                let refused = try explanation(ownedBy: shard)
                #expect(refused.entries.map(\.outcome.name) == ["refused"])
                #expect(refused.answer == .unknown)
            }
        }
    }

    @Test func `a record that was redriven in two rounds has counted what both did`() throws {
        let payload = Tests.event(nil, "O-1")
        let place = "\(Tests.shard):4900"
        var claim = try Tests.claim(of: payload, number: 4_900, shard: "redrive-2-\(Tests.shard)-4900")
        claim["PK"] = .s("EVENT#\(place)")
        claim["rowsCountedBefore"] = .ss(["ORDERS#2025-11-28 TOTAL"])
        claim["formerOwners"] = .ss(["orders:redrive-1-\(Tests.shard)-4900:4900"])
        let state = Tests.state(claims: [place: claim], upTo: 4_900)
        let records = try Tests.records([payload], archivedBy: Tests.strictDecoder())
        let explanation = CountExplanation(of: records, state, Tests.decoder)
        #expect(explanation.entries.map(\.outcome) == [.counted])
        #expect(explanation.entries.map(\.rows.count) == [4])
    }

    @Test(arguments: [true, false])
    func `the claims by the places of orders are looked at, whichever way repetitions are told`(
        usesClaims: Bool
    ) throws {
        let payloads = [Tests.event("m-1", "O-1"), Tests.event(nil, "O-1", amount: "-5"), #"{"Type":"Heartbeat"}"#]
        let markers = CountExplanation.markers(of: try Tests.records(payloads), usesClaims: usesClaims)
        let places = (0...1).map { Fixtures.orderID("\(Tests.shard):\(4_900 + $0)") }
        var expected: Set = [
            EventMarker(id: places[0]), EventMarker(id: places[0], scope: .letter), EventMarker(id: places[1]),
        ]
        if usesClaims { expected.insert(EventMarker(id: Fixtures.orderID("m-1"))) }
        #expect(markers == expected)
    }
}
