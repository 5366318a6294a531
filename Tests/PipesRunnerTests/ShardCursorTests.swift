import PipesRunner
import Platform
import Testing

@Suite struct ShardCursorTests {
    private static func page(last: String?, next: String?) -> StreamPage {
        StreamPage(records: [], readCount: last == nil ? 0 : 1, lastSequenceNumber: last, nextIterator: next)
    }

    @Test func `goes on behind the last record when its iterator expires`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        #expect(cursor.next == .locate(.trimHorizon))
        cursor.located("i1", at: .seconds(1_000))
        #expect(cursor.next == .read(iterator: "i1"))
        cursor.received(Self.page(last: "42", next: "i2"))
        #expect(cursor.next == .read(iterator: "i2"))
        cursor.received(Self.page(last: nil, next: "i3"))
        cursor.expired()
        #expect(cursor.next == .locate(.after(sequenceNumber: "42")))
    }

    @Test func `goes back to its start when nothing was read before the iterator expired`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        cursor.located("i1", at: .seconds(1_000))
        cursor.received(Self.page(last: nil, next: "i2"))
        cursor.expired()
        #expect(cursor.next == .locate(.trimHorizon))
    }

    @Test func `stays at the instant of LATEST when nothing was read before the iterator expired`() {
        var cursor = ShardCursor(shardID: "s", position: .latest)
        cursor.located("i1", at: .seconds(1_000))
        cursor.received(Self.page(last: nil, next: "i2"))
        cursor.expired()
        #expect(cursor.next == .locate(.since(.seconds(700))))
        // However often that happens: the instant is the first one.
        cursor.located("i3", at: .seconds(2_000))
        cursor.expired()
        #expect(cursor.next == .locate(.since(.seconds(700))))
        cursor.located("i4", at: .seconds(3_000))
        cursor.received(Self.page(last: "42", next: "i5"))
        cursor.expired()
        #expect(cursor.next == .locate(.after(sequenceNumber: "42")))
    }

    @Test func `an idle shard is read four times less often, and a busy one at once again`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        let rests = (0..<5).map { _ in
            cursor.received(Self.page(last: nil, next: "i"))
            return cursor.rest(.milliseconds(250))
        }
        #expect(rests == [250, 500, 1_000, 1_000, 1_000].map { .milliseconds($0) })
        cursor.received(Self.page(last: "42", next: "i"))
        cursor.received(Self.page(last: nil, next: "i"))
        #expect(cursor.rest(.milliseconds(250)) == .milliseconds(250))
    }

    @Test func `goes on with the oldest record when its place has left the stream`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        cursor.located("i1", at: .seconds(1_000))
        cursor.received(Self.page(last: "42", next: "i2"))
        cursor.trimmed()
        #expect(cursor.next == .locate(.trimHorizon))
    }

    @Test func `tells an iterator that is refused from the second one in a row`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        cursor.expired()
        #expect(!cursor.isRefusedAgain && !cursor.isTrimmed)
        cursor.trimmed()
        #expect(cursor.isRefusedAgain && cursor.isTrimmed)
        cursor.received(Self.page(last: nil, next: "i"))
        #expect(!cursor.isRefusedAgain && !cursor.isTrimmed)
    }

    @Test func `a pause lasts until its end`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        #expect(cursor.timeToNextRead(at: .seconds(7)) == nil)
        cursor.pause(until: .seconds(10))
        #expect(cursor.timeToNextRead(at: .seconds(7)) == .seconds(3))
        #expect(cursor.timeToNextRead(at: .seconds(10)) == nil)
    }

    @Test func `reads the same page again after a failure`() {
        var cursor = ShardCursor(shardID: "s", position: .trimHorizon)
        cursor.located("i1", at: .seconds(1_000))
        cursor.failed()
        #expect(cursor.next == .read(iterator: "i1") && cursor.failures == 1)
        cursor.received(Self.page(last: nil, next: "i2"))
        #expect(cursor.failures == 0)
    }
}
