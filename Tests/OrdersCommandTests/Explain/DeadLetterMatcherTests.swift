import AWSClient
import AWSOperations
import JSONText
import Orders
import OrdersCommand
import PipesRunner
import TestSupport
import Testing

@Suite struct DeadLetterMatcherTests {
    private static let one = Fixtures.orderID("O-1")
    private static let two = Fixtures.orderID("O-2")

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
        records: [OrderID: [ArchivedRecord]] = [:],
        changes: [OrderID: [TableChange]] = [:]
    ) -> [String] {
        DeadLetterMatcher(ids: [Self.one, Self.two], records: records, changes: changes)
            .findings(in: Self.message(body), of: "Q").map(\.id.text)
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
        #expect(Self.ids(body, records: [Self.two: [record]]) == ["O-2"])
        let part = Self.letter("{}", #","shardId":"shardId-0","sequenceNumber":"17","subSequenceNumber":1"#)
        #expect(Self.ids(part, records: [Self.two: [record]]).isEmpty)
    }

    @Test func `a letter of a processor is about the row of its change, not about what the row mentions`() {
        let change = #"{"eventID":"e-1","dynamodb":{"Keys":{"orderId":{"S":"O-1"}},"NewImage":{"userId":{"S":"O-2"}}}}"#
        let findings = DeadLetterMatcher(ids: [Self.one, Self.two], records: [:], changes: [:])
            .findings(in: Self.message(Self.letter(change, #","eventID":"e-1""#)), of: "Q")
        #expect(findings.map(\.id) == [Self.one])
        #expect(findings[0].finding.eventID == "e-1")
        #expect(findings[0].finding.reason == "why")
        #expect(findings[0].finding.sentAt == 1_756_318_080_123)
    }

    @Test func `a message that SQS moved is looked into without SNS's envelope`() {
        #expect(Self.ids(#"{"Type":"Notification","Message":"{\"orderId\":\"O-1\"}"}"#) == ["O-1"])
        #expect(Self.ids(#"{"orderId":"O-2","status":5}"#) == ["O-2"])
    }

    /// A change of that order's row.
    private static func change(_ number: String, _ id: OrderID) throws -> TableChange {
        let event = """
            {"eventID":"e","eventName":"MODIFY","dynamodb":{"Keys":{"orderId":{"S":"\(id)"}},"SequenceNumber":"\(number)"}}
            """
        let source = DynamoDBStreamsRecord(
            eventID: "e",
            sequenceNumber: number,
            approximateCreationDateTime: nil,
            json: Array(event.utf8)
        )
        return try #require(TableChange(source, shardID: "s-1", streamARN: "arn"))
    }

    /// A Pipe's message about the changes with the numbers 10 to 20.
    private static let pointer = """
        {"DDBStreamBatchInfo":{"shardId":"s-1","streamArn":"arn","startSequenceNumber":"10","endSequenceNumber":"20",\
        "batchSize":2}}
        """

    @Test func `a Pipe's message is about the changes in its range`() throws {
        let changes = [
            Self.one: [try Self.change("9", Self.one), try Self.change("30", Self.one)],
            Self.two: [try Self.change("10", Self.two)],
        ]
        #expect(Self.ids(Self.pointer, changes: changes) == ["O-2"])
    }

    @Test(arguments: [0, 1])
    func `a message is about the one of two canonically equivalent ids that it has`(index: Int) throws {
        let ids = Fixtures.equivalentTexts.map(Fixtures.orderID)
        let (id, other) = (ids[index], ids[1 - index])
        let line = #"{"shardId":"s-1","sequenceNumber":"17","order":{"verdict":"accepted","orderId":"\#(id)"}}"#
        let record = try #require(ArchivedRecord(Array(line.utf8)[...], key: "k", line: 1))
        let matcher = DeadLetterMatcher(
            ids: Set(ids),
            records: [id: [record]],
            changes: [id: [try Self.change("10", id)], other: [try Self.change("30", other)]]
        )
        let place = #","shardId":"s-1","sequenceNumber":"18""#
        let change = #"{"eventID":"e-1","dynamodb":{"Keys":{"orderId":{"S":"\#(id)"}}}}"#
        for body in [
            // By what it mentions, by its change, by its record's place, and as a Pipe's.
            #"{"orderId":"\#(id)","status":5}"#, Self.letter(#"{"Payload":{"OrderId":"\#(id)"}}"#, place),
            Self.letter(change, #","eventID":"e-1""#), Self.letter("{}", place.replacing("18", with: "17")),
            Self.pointer,
        ] {
            #expect(matcher.findings(in: Self.message(body), of: "Q").map(\.id) == [id], "\(body)")
        }
    }
}
