import AWSClient
import OrderFunctions
import TestSupport
import Testing

/// Whatever is cut off, delivered again, cut otherwise or arrives late: every event is counted exactly once.
@Suite struct AggregatorConvergenceTests {
    private static let modes = [Deduplication.event, .shard]

    /// Events of which some repeat an earlier one (where markers deduplicate), some are poison and some touch many rows.
    private static func records(_ mode: Deduplication, _ generator: inout SeededRandom.Generator) -> [StreamedRecord] {
        (1...40).map { index in
            switch Int.random(in: 0..<12, using: &generator) {
            case 0: return StreamedRecord(index, "poison \(index)")
            case 1: return StreamedRecord(index, orderEvent("bad\(index)", amount: "-1"))
            case 2 where mode == .event && index > 1:
                return StreamedRecord(index, orderEvent("M\(Int.random(in: 1..<index, using: &generator))"))
            case 3:
                let products = (0..<60).map { (id: "P\($0)", quantity: 1 + $0 % 3) }
                return StreamedRecord(index, orderEvent("M\(index)", amount: "600.07", products: products))
            default:
                return StreamedRecord(index, orderEvent("M\(index)", products: [("P\(index % 5)", 2)]))
            }
        }
    }

    @Test(arguments: Self.modes, UInt64(1)...40)
    func survivesDeathAtAnyRequestAndAnyCutOfTheRedelivery(mode: Deduplication, seed: UInt64) async throws {
        var generator = SeededRandom(seed: seed).generator
        let records = Self.records(mode, &generator)
        let reference = AggregatorFixture(mode)
        try await reference.deliver(records)
        let fixture = AggregatorFixture(mode, seed: seed)
        var done = 0
        var deaths = 0
        while done < records.count {
            let batch = Array(records[done..<Int.random(in: done + 1...records.count, using: &generator)])
            if deaths < 8, Bool.random(using: &generator) {
                deaths += 1
                let place = Int.random(in: 0..<8, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: fixture.faults.cutOff(at: place, after: true)
                case 1: fixture.faults.cutOff(at: place, after: false)
                default:
                    fixture.faults.plan { call in
                        if call.index < place { return .none }
                        return call.index == place ? .late(.gone(call.operation)) : .before(.gone(call.operation))
                    }
                }
                // Its answer is lost with it, whatever it was.
                _ = try await fixture.deliver(batch)
            } else {
                fixture.faults.plan()
                #expect(try await fixture.deliver(batch).isEmpty, "seed \(seed)")
                done += batch.count
            }
            fixture.faults.plan()
            if Bool.random(using: &generator) { fixture.faults.deliverLateRequests() }
        }
        fixture.faults.deliverLateRequests()
        #expect(fixture.rows == reference.rows, "seed \(seed)")
        #expect(
            Set(try fixture.deadLetters.map { try $0.sequenceNumber })
                == Set(try reference.deadLetters.map { try $0.sequenceNumber }),
            "seed \(seed)"
        )
        let before = fixture.rows
        let letters = fixture.sqs.sent.count
        #expect(try await fixture.deliver(records.shuffledIntoBatches(&generator)).isEmpty, "seed \(seed)")
        #expect(fixture.rows == before, "a replay changes nothing, seed \(seed)")
        #expect(fixture.sqs.sent.count == letters, "a replay sends no dead letter again, seed \(seed)")
    }
}

extension [StreamedRecord] {
    /// All of them as one batch, from a random place on and then from the beginning: the function sorts a shard's records.
    fileprivate func shuffledIntoBatches(_ generator: inout SeededRandom.Generator) -> [StreamedRecord] {
        let place = Int.random(in: 0..<self.count, using: &generator)
        return Array(self[place...] + self[..<place])
    }
}
