import PipesRunner
import Platform
import Testing

@Suite struct MappingFailureTests {
    private static func object(_ condition: UndeliveredBatch.Condition, isFunctionError: Bool) -> String {
        let batch = UndeliveredBatch(
            condition: condition,
            records: [.numbered(5), .numbered(6)],
            invocations: 4,
            isFunctionError: isFunctionError
        )
        let failure = MappingFailure(
            batch: batch,
            info: StreamBatchInfo(batch, source: .kinesis, streamARN: "arn:k", shardID: "shardId-1"),
            functionARN: "arn:f",
            requestID: "r",
            timestamp: .seconds(1_756_318_080)
        )
        return String(decoding: failure.object, as: UTF8.self)
    }

    private static let info =
        #""version":"1.0","timestamp":"2025-08-27T18:08:00.000Z","KinesisBatchInfo":{"shardId":"shardId-1","#
        + #""startSequenceNumber":"5","endSequenceNumber":"6","approximateArrivalOfFirstRecord":"1970-01-01T00:00:05.000Z","#
        + #""approximateArrivalOfLastRecord":"1970-01-01T00:00:06.000Z","batchSize":2,"streamArn":"arn:k"},"#
        + #""payload":{"Records":[77,77]}}"#

    @Test(arguments: [(true, #""Unhandled""#), (false, "null")])
    func `has the shape recorded from AWS`(isFunctionError: Bool, error: String) {
        #expect(
            Self.object(.retryAttemptsExhausted, isFunctionError: isFunctionError)
                == #"{"requestContext":{"requestId":"r","functionArn":"arn:f","condition":"RetryAttemptsExhausted","#
                + #""approximateInvokeCount":4},"responseContext":{"statusCode":200,"executedVersion":"$LATEST","#
                + #""functionError":\#(error)},"# + Self.info
        )
    }

    @Test func `has no response where records were too old`() {
        #expect(
            Self.object(.recordAgeExceeded, isFunctionError: false)
                == #"{"requestContext":{"requestId":"r","functionArn":"arn:f","condition":"RecordAgeExceeded","#
                + #""approximateInvokeCount":4},"# + Self.info
        )
    }

    @Test func `is named by mapping, shard and time`() {
        let key = MappingFailure.key(mappingID: "m", shardID: "s", at: .seconds(1_756_318_080), uuid: "u")
        #expect(key == "aws/lambda/m/s/2025/08/27/2025-08-27T18.08.00-u")
    }
}
