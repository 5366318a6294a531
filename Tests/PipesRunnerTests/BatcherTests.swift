import PipesRunner
import Platform
import Testing

@Suite struct BatcherTests {
    private static func records(_ count: Int, bytes: Int = 2) -> [PolledRecord] {
        (0..<count).map { .numbered($0, bytes: bytes) }
    }

    @Test func `without a window takes what there is, at most a batch`() {
        var batcher = Batcher(limits: BatchLimits(size: 3))
        #expect(batcher.take(at: .seconds(0)) == nil)
        batcher.add(Self.records(7), at: .seconds(0))
        #expect(batcher.take(at: .seconds(0))?.map(\.sequenceNumber) == ["0", "1", "2"])
        #expect(batcher.take(at: .seconds(0))?.map(\.sequenceNumber) == ["3", "4", "5"])
        #expect(batcher.take(at: .seconds(0))?.map(\.sequenceNumber) == ["6"])
        #expect(batcher.take(at: .seconds(0)) == nil)
        #expect(batcher.isEmpty)
    }

    @Test func `waits for the window unless the batch is full or the last`() {
        var batcher = Batcher(limits: BatchLimits(size: 3, window: .seconds(5)))
        batcher.add(Self.records(2), at: .seconds(10))
        batcher.add(Self.records(0), at: .seconds(13))
        #expect(batcher.take(at: .seconds(14)) == nil)
        #expect(batcher.timeLeft(at: .seconds(14)) == .seconds(1))
        #expect(batcher.take(at: .seconds(15))?.count == 2)
        #expect(batcher.timeLeft(at: .seconds(15)) == nil)
        batcher.add(Self.records(4), at: .seconds(20))
        #expect(batcher.take(at: .seconds(20))?.count == 3)
        #expect(batcher.take(at: .seconds(20)) == nil)
        #expect(batcher.take(at: .seconds(20), isLast: true)?.count == 1)
    }

    @Test(arguments: [
        // 2 bytes of brackets, then 10 bytes a record and a comma between two.
        (12, 1), (22, 1), (23, 2), (33, 2), (34, 3),
    ])
    func `keeps the payload, brackets and commas included, within its limit`(bytes: Int, count: Int) {
        var batcher = Batcher(limits: BatchLimits(size: 100, window: .seconds(60), bytes: bytes))
        batcher.add(Self.records(4, bytes: 10), at: .seconds(0))
        #expect(batcher.take(at: .seconds(0))?.count == count)
    }

    @Test func `sends a record alone that is larger than the limit`() {
        var batcher = Batcher(limits: BatchLimits(bytes: 5))
        batcher.add(Self.records(2, bytes: 10), at: .seconds(0))
        #expect(batcher.take(at: .seconds(0))?.count == 1)
        #expect(batcher.take(at: .seconds(0))?.count == 1)
    }

    @Test func `holds no more than it has to, though a shard under load never leaves it empty`() {
        var batcher = Batcher(limits: BatchLimits(size: 10, window: .seconds(60)))
        var taken: [String] = []
        for page in 0..<1_000 {
            batcher.add((0..<7).map { .numbered(page * 7 + $0) }, at: .seconds(0))
            while let batch = batcher.take(at: .seconds(0)) { taken += batch.map(\.sequenceNumber) }
            #expect(batcher.heldCount <= 20)
        }
        #expect(taken == (0..<taken.count).map(String.init))
        #expect(taken.count == 7_000)
    }

    @Test func `counts the mapping's envelope`() {
        var batcher = Batcher(limits: BatchLimits(size: 9, window: .seconds(60), bytes: 34), envelopeBytes: 14)
        batcher.add(Self.records(2, bytes: 10), at: .seconds(0))
        #expect(batcher.take(at: .seconds(0))?.count == 1, "14 + 10 + 1 + 10 bytes are one too many")
    }
}
