import AWSClient
import AWSOperations
import EventPatterns
import PipesRunner
import Platform
import Testing

@Suite struct DynamoDBPipeRecordTests {
    private static let streamARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/Orders/stream/2026-01-01T00:00:00.000"

    private static func record(_ json: String) throws -> DynamoDBPipeRecord {
        let source = DynamoDBStreamsRecord(
            eventID: "e1",
            sequenceNumber: "100",
            approximateCreationDateTime: "1.7563180805E9",
            json: Array(json.utf8)
        )
        return try DynamoDBPipeRecord(source, streamARN: self.streamARN)
    }

    private static func text(_ record: DynamoDBPipeRecord) -> String {
        String(decoding: record.record.json, as: UTF8.self)
    }

    @Test func `adds what the target's record has and the stream's API lacks`() throws {
        let dynamodb =
            #"{"ApproximateCreationDateTime":1756318080,"Keys":{"orderId":{"S":"O1"}},"NewImage":{"a":{"N":"1.50"}},"SequenceNumber":"100"}"#
        let record = try Self.record(#"{"eventID":"e1","eventName":"INSERT","dynamodb":\#(dynamodb)}"#)
        #expect(
            Self.text(record)
                == #"{"eventID":"e1","eventName":"INSERT","dynamodb":\#(dynamodb),"eventVersion":"1.1","#
                + #""eventSource":"aws:dynamodb","awsRegion":"eu-west-1","eventSourceARN":"\#(Self.streamARN)"}"#
        )
        #expect(record.record.identifier == "e1" && record.record.sequenceNumber == "100")
        #expect(record.record.orderingKey == #"{"orderId":{"S":"O1"}}"#)
        #expect(record.record.arrival == UTCInstant(millisecondsSince1970: 1_756_318_080_500))
    }

    @Test func `keeps what the API gives and leaves out what is null`() throws {
        let record = try Self.record(
            #"{"awsRegion":"x-1","dynamodb":{},"eventID":"e1","eventName":"MODIFY","eventSource":"aws:dynamodb","eventVersion":"1.0","userIdentity":null}"#
        )
        #expect(
            Self.text(record)
                == #"{"awsRegion":"x-1","dynamodb":{},"eventID":"e1","eventName":"MODIFY","eventSource":"aws:dynamodb","#
                + #""eventVersion":"1.0","eventSourceARN":"\#(Self.streamARN)"}"#
        )
    }

    @Test func `spells the identity of a TTL deletion as events do`() throws {
        let record = try Self.record(
            #"{"eventName":"REMOVE","dynamodb":{},"userIdentity":{"PrincipalId":"dynamodb.amazonaws.com","Type":"Service"}}"#
        )
        #expect(
            Self.text(record).contains(#""userIdentity":{"principalId":"dynamodb.amazonaws.com","type":"Service"}"#)
        )
        let pattern = try EventPattern(parsing: #"{"userIdentity":{"type":["Service"]}}"#)
        #expect(pattern.matches(record.filterInput))
    }

    @Test(arguments: ["eventSource", "eventSourceARN", "awsRegion", "eventID", "eventVersion"])
    func `shows no filter what is added afterwards`(field: String) throws {
        let record = try Self.record(
            #"{"awsRegion":"x-1","dynamodb":{},"eventID":"e1","eventName":"MODIFY","eventSource":"aws:dynamodb","eventVersion":"1.0"}"#
        )
        let pattern = try EventPattern(parsing: #"{"\#(field)":[{"exists":true}]}"#)
        #expect(!pattern.matches(record.filterInput))
    }
}
