import OrderFunctions
import Orders
import TestSupport
import Testing

/// Properties of every plan, over random events and limits.
@Suite struct ChunkPlannerTests {
    private struct Input {
        let limits: ChunkPlanner.Limits
        let events: [CountableEvent]
    }

    private static func input(_ generator: inout SeededRandom.Generator, isMarked: Bool = true) throws -> Input {
        let limits = ChunkPlanner.Limits(
            actions: Int.random(in: 2...30, using: &generator),
            bytes: Int.random(in: 600...6_000, using: &generator)
        )
        let day = try #require(Timestamp("2025-08-27T12:00:00Z"))
        let events = try (0..<Int.random(in: 0...60, using: &generator)).map { index in
            let id = try #require(Identifier("M\(index)"))
            let amount = try #require(Money("\(Int.random(in: 0...1_000_000, using: &generator)).01"))
            let lines = try (0..<Int.random(in: 0...25, using: &generator)).map { product in
                OrderLine(productID: try #require(Identifier("P\(product)")), quantity: Int64(product + 1))
            }
            let event = OrderEvent(
                id: id,
                orderID: id,
                userID: nil,
                amount: amount,
                currency: .usd,
                timestamp: day,
                lines: lines
            )
            return CountableEvent(
                record: index,
                marker: EventMarker(id: id),
                isMarked: isMarked,
                rows: event.counterRows
            )
        }
        return Input(limits: limits, events: events)
    }

    @Test(arguments: UInt64(1)...60)
    func everyEventIsInExactlyOneChunkAndInOrder(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed).generator
        let input = try Self.input(&generator)
        let planner = ChunkPlanner(limits: input.limits)
        let chunks = planner.chunks(of: input.events, lastRecord: input.events.count - 1)
        #expect(chunks.flatMap(\.events) == input.events.flatMap(planner.parts), "seed \(seed)")
        #expect(chunks.allSatisfy { !$0.events.isEmpty }, "seed \(seed)")
        #expect(Set(chunks.flatMap(\.events).map(\.marker)).count == chunks.flatMap(\.events).count, "seed \(seed)")
        for event in input.events {
            let rows = planner.parts(of: event).flatMap(\.rows)
            #expect(rows == event.rows, "parts hold the event's rows, each once, seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...60, [true, false])
    func noChunkPassesALimitUnlessItIsOneRow(seed: UInt64, isMarked: Bool) throws {
        var generator = SeededRandom(seed: seed).generator
        let input = try Self.input(&generator, isMarked: isMarked)
        for chunk in ChunkPlanner(limits: input.limits).chunks(of: input.events, lastRecord: input.events.count - 1) {
            #expect(chunk.actionCount <= input.limits.actions, "seed \(seed)")
            let markers = chunk.events.filter(\.isMarked).map { AnalyticsTable.itemSize(of: $0.marker) }
            let bytes = (markers + chunk.rows.map { AnalyticsTable.itemSize(of: $0.key) }).reduce(0, +)
            #expect(bytes <= input.limits.bytes || chunk.rows.count == 1, "seed \(seed)")
        }
    }

    @Test(arguments: UInt64(1)...60)
    func theChunksSumsAreTheSumsOverTheEvents(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed).generator
        let input = try Self.input(&generator)
        let chunks = ChunkPlanner(limits: input.limits).chunks(of: input.events, lastRecord: input.events.count - 1)
        var planned = CounterSums()
        try chunks.forEach { try planned.add($0.rows) }
        var direct = CounterSums()
        try input.events.forEach { try direct.add($0.rows) }
        #expect(planned == direct, "seed \(seed)")
    }

    @Test(arguments: UInt64(1)...50)
    func aChunksLastRecordIsTheLastThatIsDoneWithIt(seed: UInt64) throws {
        var generator = SeededRandom(seed: seed).generator
        let input = try Self.input(&generator)
        // Records behind the last event are done with the last chunk: they were skipped.
        let last = input.events.count + 3
        let chunks = ChunkPlanner(limits: input.limits).chunks(of: input.events, lastRecord: last)
        for (chunk, next) in zip(chunks, chunks.dropFirst()) {
            #expect(chunk.lastRecord == next.firstRecord - 1, "seed \(seed)")
        }
        if let end = chunks.last { #expect(end.lastRecord == last, "seed \(seed)") }
    }

    @Test func sumsStayExactUpTo38Digits() throws {
        let id = try #require(Identifier("M"))
        let day = try #require(Timestamp("2025-08-27T12:00:00Z"))
        let greatest = try #require(Money("999999999999999999.999999999"))
        let events = try (0..<1_000).map { index in
            let marker = EventMarker(id: try #require(Identifier("M\(index)")))
            let order = OrderEvent(
                id: id,
                orderID: id,
                userID: nil,
                amount: greatest,
                currency: .usd,
                timestamp: day,
                lines: []
            )
            return CountableEvent(record: index, marker: marker, isMarked: false, rows: order.counterRows)
        }
        let chunks = ChunkPlanner(limits: .dynamoDB).chunks(of: events, lastRecord: 999)
        #expect(chunks.count == 1)
        #expect(chunks[0].rows.contains { $0.delta.attributes.first?.number == "999999999999999999999.999999" })
    }
}
