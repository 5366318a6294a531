import AWSClient
import AWSOperations
import JSONText
import OrdersCommand
import PipesRunner
import TestSupport
import Testing

@Suite struct DeadLetterMatcherTests {
    private static func message(_ body: String) -> SQSMessage {
        SQSMessage(messageID: "m-1", receiptHandle: "r", body: body, attributes: ["SentTimestamp": "1756318080123"])
    }

    private static func letter(_ record: String, _ more: String) -> String {
        """
        {"format":1,"function":"F","reason":"why","source":"arn","record":"\(Base64.encode(Array(record.utf8)))"\(more)}
        """
    }

    private static func ids(
        _ body: String,
        records: [String: [ArchivedRecord]] = [:],
        changes: [String: [TableChange]] = [:]
    ) -> [String] {
        DeadLetterMatcher(ids: ["O-1", "O-2"], records: records, changes: changes)
            .findings(in: Self.message(body), of: "Q").map(\.id)
    }

    @Test func `a letter is about the order that its record mentions`() {
        let place = #","shardId":"shardId-0","sequenceNumber":"17""#
        #expect(Self.ids(Self.letter(#"{"Payload":{"OrderId":"O-1"}}"#, place)) == ["O-1"])
        #expect(Self.ids(Self.letter(#"{"Payload":{"OrderId":"O-11"}}"#, place)).isEmpty)
        #expect(Self.ids(Self.letter("no JSON \"O-2\"", place)) == ["O-2"])
    }

    @Test func `a letter without the id is found by its record's place`() throws {
        let line = """
            {"shardId":"shardId-0","sequenceNumber":"17","order":{"verdict":"accepted","orderId":"O-2"}}
            """
        let record = try #require(ArchivedRecord(Array(line.utf8)[...], key: "k", line: 1))
        let body = Self.letter(#"{"customer_id":"1"}"#, #","shardId":"shardId-0","sequenceNumber":"17""#)
        #expect(Self.ids(body, records: ["O-2": [record]]) == ["O-2"])
        let part = Self.letter("{}", #","shardId":"shardId-0","sequenceNumber":"17","subSequenceNumber":1"#)
        #expect(Self.ids(part, records: ["O-2": [record]]).isEmpty)
    }

    @Test func `a letter of a processor is about the row of its change, not about what the row mentions`() {
        let change = #"{"eventID":"e-1","dynamodb":{"Keys":{"orderId":{"S":"O-1"}},"NewImage":{"userId":{"S":"O-2"}}}}"#
        let findings = DeadLetterMatcher(ids: ["O-1", "O-2"], records: [:], changes: [:])
            .findings(in: Self.message(Self.letter(change, #","eventID":"e-1""#)), of: "Q")
        #expect(findings.map(\.id) == ["O-1"])
        #expect(findings[0].finding.eventID == "e-1")
        #expect(findings[0].finding.reason == "why")
        #expect(findings[0].finding.sentAt == 1_756_318_080_123)
    }

    @Test func `a message that SQS moved is looked into without SNS's envelope`() {
        #expect(Self.ids(#"{"Type":"Notification","Message":"{\"orderId\":\"O-1\"}"}"#) == ["O-1"])
        #expect(Self.ids(#"{"orderId":"O-2","status":5}"#) == ["O-2"])
    }

    @Test func `a Pipe's message is about the changes in its range`() throws {
        let event = { (number: String, id: String) in
            """
            {"eventID":"e","eventName":"MODIFY","dynamodb":{"Keys":{"orderId":{"S":"\(id)"}},"SequenceNumber":"\(number)"}}
            """
        }
        let changes = try [("9", "O-1"), ("10", "O-2"), ("30", "O-1")].map { number, id in
            let source = DynamoDBStreamsRecord(
                eventID: "e",
                sequenceNumber: number,
                approximateCreationDateTime: nil,
                json: Array(event(number, id).utf8)
            )
            return try #require(TableChange(source, shardID: "s-1", streamARN: "arn"))
        }
        let body = """
            {"DDBStreamBatchInfo":{"shardId":"s-1","streamArn":"arn","startSequenceNumber":"10","endSequenceNumber":"20",\
            "batchSize":2}}
            """
        #expect(Self.ids(body, changes: ["O-1": [changes[0], changes[2]], "O-2": [changes[1]]]) == ["O-2"])
    }
}
