import JSONText
import LambdaEvents
import Testing

@Suite struct SmokeTests {
    @Test func smoke() throws {
        let event = Array(#"{"Records":[{"kinesis":{"data":"e30=","sequenceNumber":"12"},"eventID":"shardId-1:12","eventSource":"aws:kinesis"},{"kinesis":{"data":"e30\/","sequenceNumber":"013"},"eventID":"shardId-1:13","eventSource":"aws:kinesis"},5]}"#.utf8)
        let kinesis = try KinesisEvent.read(event)
        #expect(try kinesis.records[0].get().data() == Array("{}".utf8))
        #expect(throws: RecordError.self) { try kinesis.records[1].get() }

    }
}
