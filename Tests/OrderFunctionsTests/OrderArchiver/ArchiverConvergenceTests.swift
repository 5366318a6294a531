import AWSClient
import OrderFunctions
import TestSupport
import Testing

/// Whatever is cut off, delivered again, cut otherwise or arrives late: every record is archived exactly once.
@Suite struct ArchiverConvergenceTests {
    private static func records(_ count: Int) -> [StreamedRecord] {
        (1...count).map { StreamedRecord($0, $0.isMultiple(of: 7) ? "poison \($0)" : orderEvent("M\($0)")) }
    }

    private func expectAllOnce(_ fixture: ArchiverFixture, _ records: [StreamedRecord], _ seed: UInt64) async throws {
        let reference = try ArchiverFixture()
        try await reference.deliver(records)
        #expect(try fixture.lines() == reference.lines(), "seed \(seed)")
        #expect(fixture.checkpoint() == reference.checkpoint(), "seed \(seed)")
        #expect(fixture.dynamoDB.items(of: "Orders") == reference.dynamoDB.items(of: "Orders"), "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...60)
    func survivesDeathAtAnyRequestAndAnyCutOfTheRedelivery(seed: UInt64) async throws {
        let fixture = try ArchiverFixture(seed: seed)
        var generator = SeededRandom(seed: seed).generator
        let records = Self.records(12)
        // A shard's batches come one after the other, from the first record that is not done.
        var done = 0
        var deaths = 0
        while done < records.count {
            let batch = Array(records[done..<Int.random(in: done + 1...records.count, using: &generator)])
            if deaths < 8, Bool.random(using: &generator) {
                deaths += 1
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: fixture.faults.cutOff(at: Int.random(in: 0..<16, using: &generator), after: true)
                case 1: fixture.faults.cutOff(at: Int.random(in: 0..<16, using: &generator), after: false)
                default:
                    let place = Int.random(in: 0..<16, using: &generator)
                    fixture.faults.plan { call in
                        if call.index < place { return .none }
                        return call.index == place ? .late(.gone(call.operation)) : .before(.gone(call.operation))
                    }
                }
                // Its answer is lost with it, whatever it was.
                _ = try await fixture.deliver(batch)
                fixture.faults.plan()
                continue
            }
            fixture.faults.plan()
            #expect(try await fixture.deliver(batch).isEmpty, "seed \(seed)")
            done += batch.count
            if Bool.random(using: &generator) { fixture.faults.deliverLateRequests() }
        }
        fixture.faults.deliverLateRequests()
        try await self.expectAllOnce(fixture, records, seed)
    }

    @Test(arguments: UInt64(1)...20)
    func aReplayFromTheBeginningInOtherBatchesChangesNothing(seed: UInt64) async throws {
        let fixture = try ArchiverFixture(seed: seed)
        var generator = SeededRandom(seed: seed).generator
        let records = Self.records(20)
        for _ in 0..<3 {
            var rest = records[...]
            while !rest.isEmpty {
                let batch = rest.prefix(Int.random(in: 1...rest.count, using: &generator))
                #expect(try await fixture.deliver(batch).isEmpty, "seed \(seed)")
                rest = rest.dropFirst(batch.count)
            }
        }
        try await self.expectAllOnce(fixture, records, seed)
    }
}
