import JSONText
import LambdaEvents
import Platform
import Testing

@Suite struct SQSEventTests {
    /// A message in the shape of the service around a body.
    private static func record(_ body: String, messageID: String = #""m-1""#) -> String {
        var writer = JSONWriter()
        writer.string(body)
        return #"""
            {"messageId":\#(messageID),"receiptHandle":"r","body":\#(String(decoding: writer.bytes, as: UTF8.self)),\#
            "attributes":{"ApproximateReceiveCount":"3","SentTimestamp":"1746273605344"},"messageAttributes":{},\#
            "md5OfBody":"x","eventSource":"aws:sqs","eventSourceARN":"arn:aws:sqs:eu-west-1:1:q","awsRegion":"eu-west-1"}
            """#
    }

    private static func read(_ records: String...) throws -> [Result<SQSEventRecord, RecordError>] {
        try SQSEvent.read(Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8)).records
    }

    @Test func `reads every field`() throws {
        let text = Self.record("{\"a\":\n\"é😀\"}")
        let record = try Self.read(text)[0].get()
        #expect(record.messageID == "m-1")
        #expect(record.itemIdentifier == "m-1")
        #expect(record.body == Array("{\"a\":\n\"é😀\"}".utf8))
        #expect(record.message == record.body)
        #expect(record.sentTimestamp?.nanosecondsSince1970 == 1_746_273_605_344_000_000)
        #expect(record.eventSourceARN == "arn:aws:sqs:eu-west-1:1:q")
        #expect(record.json.elementsEqual(text.utf8))
        #expect("\(record)" == "SQS message 0 (m-1)")
    }

    @Test(
        arguments: [
            // An envelope, in any order, with the message's own escapes undone once.
            (#"{"Type":"Notification","MessageId":"s","Message":"{\"orderId\":\"O\"}"}"#, #"{"orderId":"O"}"#),
            (#" {"Message":"plain","Extra":{"Message":"no"},"Type":"Notification"} "#, "plain"),
            (#"{"Type":"Notification","Message":""}"#, ""),
            (
                #"{"Type":"Notification","Message":"{\"Type\":\"Notification\",\"Message\":\"inner\"}"}"#,
                #"{"Type":"Notification","Message":"inner"}"#
            ),
            // None: what was sent is the message.
            (#"{"Type":"SubscriptionConfirmation","Message":"x"}"#, nil),
            (#"{"Type":"Notification","Message":{}}"#, nil),
            (#"{"Type":"Notification"}"#, nil), (#"{"Message":"x"}"#, nil), (#"{"Type":5,"Message":"x"}"#, nil),
            (#"{"Type":"Notification","Message":"x""#, nil), ("not JSON", nil), ("", nil), ("[]", nil),
            (#""text""#, nil),
            (#"{"orderId":"O","Type":"notification","Message":"x"}"#, nil),
        ] as [(String, String?)]
    )
    func `unwraps what SNS wrapped`(body: String, message: String?) throws {
        let record = try Self.read(Self.record(body))[0].get()
        #expect(String(decoding: record.body, as: UTF8.self) == body)
        #expect(String(decoding: record.message, as: UTF8.self) == message ?? body)
    }

    @Test(
        arguments: [
            (#"{"messageId":"m-2"}"#, "m-2"), (#"{"messageId":"m-2","body":5}"#, "m-2"),
            (#"{"messageId":"m-2","body":null}"#, "m-2"),
            (#"{"body":"x"}"#, nil), (#"{"messageId":"","body":"x"}"#, nil), (#"{"messageId":7,"body":"x"}"#, nil),
            ("[]", nil),
            (#"{"messageId":"m-2","body":"x","attributes":[]}"#, "m-2"),
        ] as [(String, String?)]
    )
    func `a bad message fails alone and says what is known of it`(text: String, messageID: String?) throws {
        let records = try Self.read(Self.record("a"), text, Self.record("b", messageID: #""m-3""#))
        #expect(try records[0].get().body == Array("a".utf8))
        #expect(try records[2].get().messageID == "m-3")
        let error = #expect(throws: RecordError.self) { try records[1].get() }
        #expect(error?.itemIdentifier == messageID)
        #expect(error?.json == Array(text.utf8))
        #expect(error?.index == 1)
    }

    @Test(arguments: [
        ("[]", EventError.Code.notAnEnvelope), ("{}", .notAnEnvelope), ("{]", .malformed),
        (#"{"Records":[{"eventSource":"aws:kinesis"}]}"#, .wrongSource),
        (#"{"Records":[{"kinesis":{"data":""},"eventID":"s:1","eventSource":"aws:kinesis"}]}"#, .wrongSource),
    ])
    func `what is no envelope fails as a whole`(text: String, code: EventError.Code) {
        let error = #expect(throws: EventError.self) { try SQSEvent.read(Array(text.utf8)) }
        #expect(error?.code == code)
    }

    @Test func `SNS's records say what to subscribe instead`() {
        let text =
            #"{"Records":[{"EventVersion":"1.0","EventSource":"aws:sns","Sns":{"Message":"{}","Type":"Notification"}}]}"#
        let error = #expect(throws: EventError.self) { try SQSEvent.read(Array(text.utf8)) }
        #expect(error?.code == .wrongSource)
        #expect(error?.message.contains("comes from SNS, not from SQS") == true)
        #expect(error?.message.contains("subscribe the function's queue to the topic") == true)
    }

    @Test func `a source of which nothing is known is not repeated`() {
        let text = #"{"Records":[{"eventSource":"bob@example.org","messageId":"m","body":""}]}"#
        let error = #expect(throws: EventError.self) { try SQSEvent.read(Array(text.utf8)) }
        #expect(error?.code == .wrongSource)
        #expect(error?.message.contains("bob") == false)
    }

    @Test(
        arguments: [
            (#""SentTimestamp":"1746273605344""#, 1_746_273_605_344), (#""SentTimestamp":"-5""#, nil),
            (#""SentTimestamp":5"#, nil), (#""SentTimestamp":"5","SentTimestamp":"7""#, 7), ("", nil),
        ] as [(String, Int64?)]
    )
    func `the time of sending is read from the attributes`(attributes: String, milliseconds: Int64?) throws {
        let text = #"{"Records":[{"messageId":"m","body":"","attributes":{\#(attributes)}}]}"#
        let record = try SQSEvent.read(Array(text.utf8)).records[0].get()
        #expect(record.sentTimestamp?.millisecondsSince1970 == milliseconds)
    }
}
