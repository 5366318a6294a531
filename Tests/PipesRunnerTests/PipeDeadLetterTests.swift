import PipesRunner
import Platform
import Testing

@Suite struct PipeDeadLetterTests {
    @Test func `has the shape that real Pipes send`() {
        let batch = UndeliveredBatch(
            condition: .retryAttemptsExhausted,
            records: [.numbered(5), .numbered(6), .numbered(9)],
            invocations: 6
        )
        let info = StreamBatchInfo(batch, source: .dynamoDB, streamARN: "arn:stream", shardID: "shardId-1")
        let message = PipeDeadLetter.message(
            batch,
            info: info,
            pipeARN: "arn:aws:pipes:eu-west-1:1:pipe/P",
            at: .seconds(1_756_318_080)
        )
        #expect(
            message
                == #"{"context":{"partnerResourceArn":"arn:aws:pipes:eu-west-1:1:pipe/P","condition":"RetryAttemptsExhausted"},"#
                + #""version":"1.0","timestamp":"2025-08-27T18:08:00.000Z","DDBStreamBatchInfo":{"shardId":"shardId-1","#
                + #""startSequenceNumber":"5","endSequenceNumber":"9","approximateArrivalOfFirstRecord":"1970-01-01T00:00:05.000Z","#
                + #""approximateArrivalOfLastRecord":"1970-01-01T00:00:09.000Z","batchSize":3,"streamArn":"arn:stream"}}"#
        )
    }
}
