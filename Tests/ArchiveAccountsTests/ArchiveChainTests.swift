import ArchiveAccounts
import Orders
import Testing

/// How the objects of a shard follow one another, and where one is missing.
struct ArchiveChainTests {
    private static func chain(_ objects: [(first: Int, previous: String, last: Int)]) -> ArchiveChain {
        var chain = ArchiveChain()
        for object in objects.shuffled() {
            chain.add(
                key: "orders/dt=2025-08-27/hour=18/\(ArchiveText.shard)-\(object.first).ndjson.gz",
                metadata: [
                    "last-sequence-number": "\(object.last)", "previous-sequence-number": object.previous,
                    "records": "1", "format": "1",
                ]
            )
        }
        return chain
    }

    private static let whole = [(1, "none", 5), (6, "5", 99), (100, "99", 120)]

    @Test func `objects that follow one another have no gap`() {
        let chain = Self.chain(Self.whole)
        #expect(chain.gaps(checkpoints: [ArchiveText.shard: "00120"]).isEmpty)
    }

    @Test(arguments: 0..<3)
    func `each object that is missing is a gap`(missing: Int) throws {
        var objects = Self.whole
        let lost = objects.remove(at: missing)
        let gaps = Self.chain(objects).gaps(checkpoints: [ArchiveText.shard: "120"])
        let gap = try #require(gaps.first)
        #expect(gaps.count == 1)
        #expect(gap.last == "\(lost.2)")
        #expect(gap.behind == (missing == 0 ? nil : "\(Self.whole[missing - 1].2)"))
        #expect((gap.before == nil) == (missing == 2))
    }

    /// The third begins behind what the first has, since the checkpoint that says so came late.
    @Test func `an object that begins and ends inside another one leaves no gap behind it`() throws {
        let objects = [(1, "none", 10), (6, "none", 8), (11, "10", 20)]
        #expect(Self.chain(objects).gaps(checkpoints: [ArchiveText.shard: "20"]).isEmpty)
        // What no object has is missing all the same.
        let others = [objects[0], objects[1], (31, "30", 40)]
        let gap = try #require(Self.chain(others).gaps(checkpoints: [:]).first)
        #expect(gap.behind == "10" && gap.last == "30")
    }

    @Test func `the oldest object is told by when it was written, of those that are still there`() {
        var chain = ArchiveChain()
        let keys = (1...3).map { "orders/dt=2025-08-27/hour=18/\(ArchiveText.shard)-\($0).ndjson.gz" }
        for (key, day) in zip(keys, ["2025-08-27", "2025-11-28", nil]) {
            var metadata = ["last-sequence-number": "9", "previous-sequence-number": "none"]
            metadata["Last-Modified"] = day
            chain.add(key: key, metadata: metadata)
        }
        #expect(chain.firstWritten(of: Set(keys)) == "2025-08-27")
        #expect(chain.firstWritten(of: Set(keys[1...])) == "2025-11-28")
        #expect(chain.firstWritten(of: [keys[2]]) == nil)
    }

    @Test func `a gap names the object in front of it and the one behind it`() throws {
        let objects = [Self.whole[0], Self.whole[2]]
        let gap = try #require(Self.chain(objects).gaps(checkpoints: [:]).first)
        let folder = "orders/dt=2025-08-27/hour=18/"
        #expect(gap.behindObject == "\(folder)\(ArchiveText.shard)-1.ndjson.gz")
        #expect(gap.before == "\(folder)\(ArchiveText.shard)-100.ndjson.gz")
        // What was before the first object is a gap, too; whether it should be here is not the chain's to say.
        let first = try #require(Self.chain([(6, "5", 99)]).gaps(checkpoints: [:]).first)
        #expect(first.behindObject == nil && first.last == "5")
    }

    @Test(
        arguments: [
            ("orders/dt=2025-08-27/hour=18/s-1.ndjson.gz", "2025-08-27"),
            ("orders/dt=2025-02-30/hour=18/s-1.ndjson.gz", nil),
            ("orders/dt=/hour=18/s-1.ndjson.gz", nil),
        ] as [(String, String?)]
    )
    func `an object's name says on which day its first record arrived`(key: String, day: String?) throws {
        #expect(try #require(ArchiveObjectName(key)).day?.text == day)
    }

    @Test func `the last objects of each shard before a key are found, by their numbers`() {
        let folder = "orders/dt=2025-08-27/hour=18/"
        func keys(_ names: [String]) -> [String] { names.map { folder + $0 + ".ndjson.gz" } }
        let all = keys(["a-9", "a-10", "a-8", "b-7", "c-1"]) + ["orders/notes.txt"]
        #expect(ArchiveObjectName.last(1, before: folder + "c", in: all) == [["a-10"], ["b-7"]].map(keys))
        #expect(ArchiveObjectName.last(2, before: folder + "c", in: all) == [["a-10", "a-9"], ["b-7"]].map(keys))
        #expect(ArchiveObjectName.last(3, before: folder + "b", in: all) == [keys(["a-10", "a-9", "a-8"])])
    }

    @Test(
        arguments: [
            // Each behind the one before it, as almost always.
            ([("11", "20"), ("1", "10")], ["11"]),
            // One or more inside another one, at its end or not.
            ([("6", "8"), ("1", "10")], ["6", "1"]), ([("6", "10"), ("1", "10")], ["6"]),
            ([("7", "8"), ("5", "6"), ("3", "4"), ("1", "10")], ["7", "1"]),
            ([("99", "99"), ("95", "100"), ("1", "94")], ["99", "95"]),
            // Of one nothing tells how far it reaches.
            ([("6", "8"), ("4", nil), ("1", "7")], ["6", "4"]), ([("6", nil), ("1", "4")], ["6", "1"]), ([], []),
        ] as [([(first: String, end: String?)], [String])]
    )
    func `of a shard's objects those are found that reach further than all behind them`(
        objects: [(first: String, end: String?)],
        found: [String]
    ) {
        let ends = Dictionary(uniqueKeysWithValues: objects.map { ($0.first, $0.end) }).compactMapValues { $0 }
        #expect(ArchiveObjectName.reachingFurthest(objects.map(\.first), ends: ends) == found)
    }

    @Test func `nothing is missing before an object that names no predecessor`() {
        var chain = Self.chain([(200, "150", 250)])
        chain.add(key: ArchiveText.key, metadata: ["last-sequence-number": "150", "format": "1"])
        #expect(chain.gaps(checkpoints: [:]).isEmpty)
    }

    @Test func `of two places in a shard the later one is further, whatever zeros stand in front`() {
        let left = ["a": "0099", "b": "7"]
        #expect(ArchiveChain.latest(left, ["a": "100", "c": "1"]) == ["a": "100", "b": "7", "c": "1"])
        #expect(ArchiveChain.latest(left, ["a": "98"]) == left)
    }

    @Test func `a shard all of whose objects are missing is a gap`() {
        let gaps = ArchiveChain().gaps(checkpoints: [ArchiveText.shard: "9"])
        #expect(gaps.map(\.last) == ["9"])
    }
}
