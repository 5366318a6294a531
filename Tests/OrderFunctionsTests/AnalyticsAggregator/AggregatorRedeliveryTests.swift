import AWSClient
import OrderFunctions
import TestSupport
import Testing

/// Invocations that die anywhere, their requests that arrive late, and deliveries in any cut: the totals are those of
/// an oracle that saw each order once.
@Suite struct AggregatorRedeliveryTests {
    @Test(arguments: 1...30 as ClosedRange<UInt64>, [Deduplication.event, .shard])
    func `totals are exact wherever invocations die`(seed: UInt64, deduplication: Deduplication) async throws {
        var generator = SeededGenerator(seed: seed)
        let stream = TestStream(&generator, repeats: deduplication == .event)
        let fixture = try AggregatorFixture(deduplication, seed: seed)
        var position = 0
        while position < stream.records.count {
            let end = min(stream.records.count, position + Int.random(in: 1...40, using: &generator))
            let death = fixture.faults.planRandom(&generator)
            let batch = stream.records[position..<end]
            let reported = try await fixture.deliver(batch)
            let hasDied = fixture.faults.calls.count > death
            fixture.faults.plan()
            if Bool.random(using: &generator) { fixture.faults.deliverLateRequests() }
            if hasDied { continue }
            position = batch.firstIndex { reported.contains($0.sequenceNumber) } ?? end
        }
        fixture.faults.plan()
        fixture.faults.deliverLateRequests()
        #expect(fixture.rows == stream.expected, "seed \(seed)")
        let letters = Set(try fixture.deadLetters.map { try $0.sequenceNumber })
        #expect(letters == stream.poison, "seed \(seed)")

        // The whole stream again, cut differently, changes nothing.
        let sent = fixture.sqs.sent.count
        position = 0
        while position < stream.records.count {
            let end = min(stream.records.count, position + Int.random(in: 1...70, using: &generator))
            #expect(try await fixture.deliver(stream.records[position..<end]).isEmpty, "seed \(seed)")
            position = end
        }
        #expect(fixture.rows == stream.expected, "seed \(seed)")
        #expect(fixture.sqs.sent.count == sent, "seed \(seed)")
    }

    @Test(arguments: [Deduplication.event, .shard], [false, true])
    func `an invocation may end at any of its requests`(deduplication: Deduplication, afterTheRequest: Bool)
        async throws
    {
        var generator = SeededGenerator(seed: 7)
        let stream = TestStream(&generator, repeats: deduplication == .event)
        for request in 0..<12 {
            let fixture = try AggregatorFixture(deduplication)
            fixture.faults.cutOff(at: request, after: afterTheRequest)
            try await fixture.deliver(stream.records)
            fixture.faults.plan()
            for start in stride(from: 0, to: stream.records.count, by: 7) {
                #expect(try await fixture.deliver(stream.records[start...].prefix(7)).isEmpty)
            }
            #expect(fixture.rows == stream.expected, "request \(request)")
        }
    }
}
