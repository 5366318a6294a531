import PipesRunner
import Testing

@Suite struct ShardLineageTests {
    private static func start(_ id: String, _ position: ShardPosition = .trimHorizon) -> ShardLineage.Start {
        ShardLineage.Start(shardID: id, position: position)
    }

    @Test func `reads a parent to its end before its children`() {
        var lineage = ShardLineage(position: .trimHorizon)
        let shards = [
            ShardDescription(id: "c1", parentIDs: ["p"]), ShardDescription(id: "c2", parentIDs: ["p"]),
            ShardDescription(id: "p", isClosed: true), ShardDescription(id: "q"),
        ]
        #expect(lineage.describe(shards) == [Self.start("p"), Self.start("q")])
        #expect(lineage.describe(shards).isEmpty)
        #expect(lineage.finish("p") == [Self.start("c1"), Self.start("c2")])
        #expect(lineage.finish("c1").isEmpty)
        #expect(lineage.describe(shards).isEmpty, "nothing is started twice")
    }

    @Test func `starts a child that appears after its parent ended`() {
        var lineage = ShardLineage(position: .trimHorizon)
        #expect(lineage.describe([ShardDescription(id: "p", isClosed: true)]) == [Self.start("p")])
        #expect(lineage.finish("p").isEmpty)
        let both = [ShardDescription(id: "p", isClosed: true), ShardDescription(id: "c", parentIDs: ["p"])]
        #expect(lineage.describe(both) == [Self.start("c")])
    }

    @Test func `starts a shard whose parent has left the stream`() {
        var lineage = ShardLineage(position: .trimHorizon)
        #expect(lineage.describe([ShardDescription(id: "c", parentIDs: ["gone"])]) == [Self.start("c")])
    }

    @Test func `waits for a parent that left the description while it is read`() {
        var lineage = ShardLineage(position: .trimHorizon)
        _ = lineage.describe([ShardDescription(id: "p")])
        #expect(lineage.describe([ShardDescription(id: "c", parentIDs: ["p"])]).isEmpty)
        #expect(lineage.finish("p") == [Self.start("c")])
    }

    @Test func `never reads again what ended, left and came back in no one's description`() {
        var lineage = ShardLineage(position: .trimHorizon)
        _ = lineage.describe([ShardDescription(id: "p", isClosed: true), ShardDescription(id: "c", parentIDs: ["p"])])
        #expect(lineage.finish("p") == [Self.start("c")])
        #expect(lineage.describe([ShardDescription(id: "c", parentIDs: ["p"])]).isEmpty)
    }

    @Test func `reads both parents of merged shards to their ends first`() {
        var lineage = ShardLineage(position: .trimHorizon)
        let shards = [
            ShardDescription(id: "l", isClosed: true), ShardDescription(id: "r", isClosed: true),
            ShardDescription(id: "m", parentIDs: ["l", "r"]),
        ]
        #expect(lineage.describe(shards) == [Self.start("l"), Self.start("r")])
        #expect(lineage.finish("l").isEmpty)
        #expect(lineage.finish("r") == [Self.start("m")])
    }

    @Test func `a description that lags makes nothing be read twice`() {
        var lineage = ShardLineage(position: .trimHorizon)
        let shards = [ShardDescription(id: "p", isClosed: true)]
        #expect(lineage.describe(shards) == [Self.start("p")])
        #expect(lineage.finish("p").isEmpty)
        #expect(lineage.describe([]).isEmpty)
        #expect(lineage.describe(shards).isEmpty)
    }

    @Test func `LATEST skips what is closed and reads new shards from their beginning`() {
        var lineage = ShardLineage(position: .latest)
        let first = [ShardDescription(id: "old", isClosed: true), ShardDescription(id: "p", parentIDs: ["old"])]
        #expect(lineage.describe(first) == [Self.start("p", .latest)])
        let later = [
            ShardDescription(id: "p", parentIDs: ["old"], isClosed: true), ShardDescription(id: "c", parentIDs: ["p"]),
            ShardDescription(id: "other"),
        ]
        #expect(lineage.describe(later) == [Self.start("other")])
        #expect(lineage.finish("p") == [Self.start("c")])
    }
}
