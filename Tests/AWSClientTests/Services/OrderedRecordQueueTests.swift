import AWSClient
import Testing

@Suite struct OrderedRecordQueueTests {
    private static func queue(_ keys: [String]) -> OrderedRecordQueue {
        OrderedRecordQueue(keys.map { KinesisPutRecord(data: [], partitionKey: $0) })
    }

    @Test func `a record that is refused for good comes in no request again, nor does one behind it`() {
        var queue = Self.queue(["a", "a", "b", "b"])
        #expect(queue.nextRequest() == [0, 2])
        #expect(queue.refused(0, maximum: 2) == 1)
        queue.stored(2)
        #expect(queue.nextRequest() == [0, 3])
        #expect(queue.refused(0, maximum: 2) == 2)
        #expect(queue.refused(3, maximum: 2) == 1, "refusals are counted for each record")
        #expect(queue.nextRequest() == [3])
        queue.stored(3)
        #expect(queue.nextRequest() == [])
    }
}
