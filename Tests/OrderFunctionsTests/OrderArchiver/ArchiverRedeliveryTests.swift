import OrderFunctions
import TestSupport
import Testing

/// Invocations that die anywhere, their requests that arrive late, and deliveries in any cut: the archive, read back as
/// a whole, is the stream.
@Suite struct ArchiverRedeliveryTests {
    @Test(arguments: 1...60 as ClosedRange<UInt64>)
    func `the archive holds every record once wherever invocations die`(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        let records = (0..<50).map { index in
            let texts = [orderEvent("M\(index)"), "{\n\"n\":\(index)}", "raw \(index)"]
            return StreamedRecord(index, texts.randomElement(using: &generator) ?? "")
        }
        let oracle = try ArchiverFixture()
        try await oracle.deliver(records)
        let expected = try oracle.lines
        #expect(expected.count == records.count)

        let fixture = try ArchiverFixture(seed: seed)
        var position = 0
        while position < records.count {
            let end = min(records.count, position + Int.random(in: 1...12, using: &generator))
            let death = fixture.faults.planRandom(&generator)
            let reported = try await fixture.deliver(records[position..<end])
            let hasDied = fixture.faults.calls.count > death
            fixture.faults.plan()
            if Bool.random(using: &generator) { fixture.faults.deliverLateRequests() }
            if !hasDied, reported.isEmpty { position = end }
        }
        fixture.faults.deliverLateRequests()
        #expect(try fixture.lines == expected, "seed \(seed)")
        #expect(fixture.dynamoDB.items(of: "Orders") == oracle.dynamoDB.items(of: "Orders"), "seed \(seed)")

        // The whole stream again, cut differently, changes nothing.
        let contents = fixture.s3.contents
        position = 0
        while position < records.count {
            let end = min(records.count, position + Int.random(in: 1...20, using: &generator))
            #expect(try await fixture.deliver(records[position..<end]).isEmpty, "seed \(seed)")
            position = end
        }
        #expect(fixture.s3.contents == contents, "seed \(seed)")
    }

    @Test(arguments: [false, true], [1, 3, 10])
    func `an invocation may end at each of its requests`(afterTheRequest: Bool, cut: Int) async throws {
        let records = (0..<10).map { StreamedRecord($0, orderEvent("M\($0)")) }
        for request in 0..<14 {
            let fixture = try ArchiverFixture()
            fixture.faults.cutOff(at: request, after: afterTheRequest)
            try await fixture.deliver(records)
            fixture.faults.plan()
            for start in stride(from: 0, to: records.count, by: cut) {
                #expect(try await fixture.deliver(records[start...].prefix(cut)).isEmpty)
            }
            #expect(try fixture.payloads == (0..<10).map { orderEvent("M\($0)") }, "request \(request)")
            #expect(fixture.dynamoDB.items(of: "Orders").count == 10, "request \(request)")
        }
    }
}
