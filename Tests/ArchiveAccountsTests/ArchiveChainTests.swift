import ArchiveAccounts
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
        #expect(chain.gaps(checkpoints: [ArchiveText.shard: "00120"], from: nil, mayHaveExpired: false).isEmpty)
    }

    @Test(arguments: 0..<3)
    func `each object that is missing is a gap`(missing: Int) throws {
        var objects = Self.whole
        let lost = objects.remove(at: missing)
        let gaps = Self.chain(objects).gaps(checkpoints: [ArchiveText.shard: "120"], from: nil, mayHaveExpired: false)
        let gap = try #require(gaps.first)
        #expect(gaps.count == 1)
        #expect(gap.last == "\(lost.2)")
        #expect(gap.behind == (missing == 0 ? nil : "\(Self.whole[missing - 1].2)"))
        #expect((gap.before == nil) == (missing == 2))
    }

    @Test func `what was before the reading began is no gap`() {
        let chain = Self.chain([(6, "5", 99)])
        #expect(chain.gaps(checkpoints: [:], from: nil, mayHaveExpired: true).isEmpty)
        #expect(chain.gaps(checkpoints: [:], from: nil, mayHaveExpired: false).count == 1)
    }

    @Test func `where the reading begins in the middle, an object before it shows what is missing behind that`() {
        let first = "orders/dt=2025-08-27/hour=18"
        func gaps(_ chain: ArchiveChain, mayHaveExpired: Bool = false) -> [ArchiveChain.Gap] {
            chain.gaps(checkpoints: [ArchiveText.shard: "120"], from: first, mayHaveExpired: mayHaveExpired)
        }
        func chain(_ objects: [(first: Int, previous: String, last: Int)]) -> ArchiveChain {
            var chain = Self.chain(objects)
            chain.add(
                key: "orders/dt=2025-08-27/hour=17/\(ArchiveText.shard)-4.ndjson.gz",
                metadata: ["last-sequence-number": "5", "previous-sequence-number": "3"]
            )
            return chain
        }
        #expect(gaps(chain([(6, "5", 99), (100, "99", 120)])).isEmpty)
        #expect(gaps(chain([(100, "99", 120)])).map(\.behind) == ["5"])
        #expect(gaps(chain([])).map(\.last) == ["120"])
        // The shard's last object before is gone, too, unless it has expired.
        #expect(gaps(Self.chain([(100, "99", 120)])).map(\.last) == ["99"])
        #expect(gaps(Self.chain([(100, "99", 120)]), mayHaveExpired: true).isEmpty)
        #expect(gaps(Self.chain([])).count == 1)
        #expect(gaps(Self.chain([]), mayHaveExpired: true).isEmpty)
    }

    @Test func `the last object of each shard before a key is found, by its number`() {
        let folder = "orders/dt=2025-08-27/hour=18/"
        let keys = ["a-9", "a-10", "b-7", "c-1"].map { folder + $0 + ".ndjson.gz" } + ["orders/notes.txt"]
        let last = ArchiveObjectName.last(before: folder + "c", in: keys)
        #expect(last == ["a-10", "b-7"].map { folder + $0 + ".ndjson.gz" })
    }

    @Test func `nothing is missing before an object that names no predecessor`() {
        var chain = Self.chain([(200, "150", 250)])
        chain.add(key: ArchiveText.key, metadata: ["last-sequence-number": "150", "format": "1"])
        #expect(chain.gaps(checkpoints: [:], from: nil, mayHaveExpired: false).isEmpty)
    }

    @Test func `of two places in a shard the later one is further, whatever zeros stand in front`() {
        let left = ["a": "0099", "b": "7"]
        #expect(ArchiveChain.latest(left, ["a": "100", "c": "1"]) == ["a": "100", "b": "7", "c": "1"])
        #expect(ArchiveChain.latest(left, ["a": "98"]) == left)
    }

    @Test func `a shard all of whose objects are missing is a gap`() {
        let gaps = ArchiveChain().gaps(checkpoints: [ArchiveText.shard: "9"], from: nil, mayHaveExpired: false)
        #expect(gaps.map(\.last) == ["9"])
    }
}
