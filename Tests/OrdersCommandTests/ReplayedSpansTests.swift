import ArchiveAccounts
import OrdersCommand
import Testing

/// Which records of an object a replay has put out of another one.
@Suite struct ReplayedSpansTests {
    private static func name(_ first: Int, shard: String = "shardId-000000000000") throws -> ArchiveObjectName {
        try #require(ArchiveObjectName("orders/dt=2025-08-27/hour=18/\(shard)-\(first).ndjson.gz"))
    }

    private static func spans(_ objects: [(first: Int, last: Int)]) throws -> ReplayedSpans {
        var spans = ReplayedSpans()
        for object in objects { spans.note(try Self.name(object.first), last: "\(object.last)") }
        return spans
    }

    @Test(
        arguments: [
            // Hardly any object begins inside another.
            ([(1, 10)], 11, nil), ([], 1, nil),
            ([(1, 10)], 6, "10"), ([(1, 10)], 10, "10"), ([(95, 100)], 99, "100"),
            // The next ends inside, too, or goes on behind it.
            ([(1, 10), (6, 8)], 9, "10"), ([(1, 10), (6, 12)], 11, "12"), ([(1, 10), (6, 12)], 5, "12"),
            // It may have gaps in front of it.
            ([(1, 10), (20, 30)], 15, nil), ([(1, 10), (20, 30)], 31, nil),
            // What comes in another order, or once more, is put as a whole.
            ([(20, 30)], 1, nil), ([(20, 30), (1, 10)], 25, "30"), ([(20, 30)], 20, nil),
        ] as [([(first: Int, last: Int)], Int, String?)]
    )
    func `an object's records are put out of the one that it begins inside`(
        objects: [(first: Int, last: Int)],
        first: Int,
        reached: String?
    ) throws {
        #expect(try Self.spans(objects).reached(within: Self.name(first)) == reached)
    }

    @Test func `each shard is told by itself`() throws {
        let spans = try Self.spans([(1, 10)])
        #expect(try spans.reached(within: Self.name(6, shard: "shardId-000000000001")) == nil)
    }
}
