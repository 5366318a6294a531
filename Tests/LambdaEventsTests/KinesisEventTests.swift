import JSONText
import LambdaEvents
import Platform
import Testing

@Suite struct KinesisEventTests {
    /// A record in the shape of the service, with single members replaced or, by an empty text, left out.
    private static func record(
        eventID: String = #""shardId-000000000006:4954""#,
        sequenceNumber: String = #""4954""#,
        data: String = #""eyJhIjoxfQ==""#,
        arrival: String = "1607497475.000",
        eventSource: String = #""aws:kinesis""#
    ) -> String {
        func member(_ key: String, _ value: String) -> String { value.isEmpty ? "" : #""\#(key)":\#(value),"# }
        return #"""
            {"kinesis":{\#(member("sequenceNumber", sequenceNumber))\#(member("data", data))\#
            \#(member("approximateArrivalTimestamp", arrival))"kinesisSchemaVersion":"1.0","partitionKey":"p"},\#
            \#(member("eventID", eventID))\#(member("eventSource", eventSource))"eventName":"aws:kinesis:record",\#
            "eventSourceARN":"arn:aws:kinesis:eu-west-1:123456789012:stream/orders"}
            """#
    }

    private static func event(_ records: String...) -> [UInt8] {
        Array(#"{"Records":[\#(records.joined(separator: ","))]}"#.utf8)
    }

    private static func only(_ record: String) throws -> Result<KinesisEventRecord, RecordError> {
        let event = try KinesisEvent.read(self.event(record))
        #expect(event.records.count == 1)
        return event.records[0]
    }

    @Test func `reads every field`() throws {
        let text = Self.record()
        let record = try Self.only(text).get()
        #expect(record.index == 0)
        #expect(record.eventID == "shardId-000000000006:4954")
        #expect(record.sequenceNumber == "4954")
        #expect(record.itemIdentifier == "4954")
        #expect(record.shardID == "shardId-000000000006")
        #expect(record.partitionKey == "p")
        #expect(record.approximateArrivalTimestamp?.nanosecondsSince1970 == 1_607_497_475_000_000_000)
        #expect(record.eventSourceARN == "arn:aws:kinesis:eu-west-1:123456789012:stream/orders")
        #expect(record.streamName == "orders")
        #expect(try record.data() == Array(#"{"a":1}"#.utf8))
        #expect(record.json.elementsEqual(text.utf8))
    }

    @Test func `reuses one buffer for all records`() throws {
        let event = try KinesisEvent.read(
            Self.event(
                Self.record(data: #""bG9uZ2VyIHRleHQ=""#),
                Self.record(data: #""YQ==""#),
                Self.record(data: #""""#)
            )
        )
        var buffer: [UInt8] = []
        var texts: [String] = []
        for record in event.records {
            try record.get().decodeData(into: &buffer)
            texts.append(String(decoding: buffer, as: UTF8.self))
        }
        #expect(texts == ["longer text", "a", ""])
    }

    @Test func `reads data whose solidus is escaped`() throws {
        #expect(try Self.only(Self.record(data: #""\/\/8=""#)).get().data() == [0xFF, 0xFF])
        #expect(try Self.only(Self.record(data: #""YQ\u003d\u003D""#)).get().data() == [0x61])
    }

    @Test func `keeps a sequence number as a local server pads it`() throws {
        #expect(try Self.only(Self.record(sequenceNumber: #""0004954""#)).get().sequenceNumber == "0004954")
    }

    @Test func `takes a missing sequence number from the event id`() throws {
        #expect(try Self.only(Self.record(sequenceNumber: "")).get().sequenceNumber == "4954")
    }

    @Test(
        arguments: [
            (record(data: ""), RecordError.Code.missingMember, "4954"), (record(data: "5"), .wrongType, "4954"),
            (record(data: "null"), .wrongType, "4954"), (record(eventID: ""), .missingMember, "4954"),
            (record(eventID: "{}"), .wrongType, "4954"), (record(eventID: "null"), .missingMember, "4954"),
            (record(sequenceNumber: "4954"), .wrongType, "4954"),
            (record(sequenceNumber: #""49x4""#), .invalidValue, "49x4"),
            (record(sequenceNumber: #""""#), .invalidValue, "4954"),
            (record(eventID: #""nothing""#, sequenceNumber: ""), .missingMember, nil), ("5", .wrongType, nil),
            ("null", .wrongType, nil), ("[]", .wrongType, nil), ("{}", .missingMember, nil),
            (#"{"kinesis":[]}"#, .wrongType, nil),
        ] as [(String, RecordError.Code, String?)]
    )
    func `a bad record fails alone and says what is known of it`(
        text: String,
        code: RecordError.Code,
        itemIdentifier: String?
    ) throws {
        let event = try KinesisEvent.read(Self.event(Self.record(), text, Self.record()))
        #expect(event.records.count == 3)
        #expect(throws: Never.self) { try event.records[0].get() }
        #expect(throws: Never.self) { try event.records[2].get() }
        let error = #expect(throws: RecordError.self) { try event.records[1].get() }
        #expect(error?.code == code)
        #expect(error?.index == 1)
        #expect(error?.itemIdentifier == itemIdentifier)
        #expect(error?.sequenceNumber == itemIdentifier)
        #expect(error?.json == Array(text.utf8))
        #expect(error?.reason.contains("$.Records[1]") == true)
    }

    @Test(arguments: [#""e30""#, #""e30*""#, #""e31=""#, #""e30=\n""#, #""{}""#])
    func `data that is not base64 is that record's failure`(data: String) throws {
        let record = try Self.only(Self.record(data: data)).get()
        let error = #expect(throws: RecordError.self) { try record.data() }
        #expect(error?.code == .invalidValue)
        #expect(error?.itemIdentifier == "4954")
        #expect(error?.eventID == "shardId-000000000006:4954")
        #expect(error?.json.elementsEqual(record.json) == true)
    }

    @Test(arguments: [
        ("", EventError.Code.malformed), ("{", .malformed), (#"{"Records":[{"kinesis":{"data":}}]}"#, .malformed),
        (#"{"Records":[]}x"#, .malformed), ("null", .notAnEnvelope), ("[]", .notAnEnvelope), ("{}", .notAnEnvelope),
        (#"{"Records":null}"#, .notAnEnvelope), (#"{"Records":{}}"#, .notAnEnvelope),
        (#"{"records":[]}"#, .notAnEnvelope),
        (#"{"Records":[{"eventSource":"aws:sqs","messageId":"m","body":""}]}"#, .wrongSource),
        (#"{"Records":[{"eventName":"INSERT","dynamodb":{},"eventSource":"aws:dynamodb"}]}"#, .wrongSource),
    ])
    func `what is no envelope fails as a whole`(text: String, code: EventError.Code) {
        let error = #expect(throws: EventError.self) { try KinesisEvent.read(Array(text.utf8)) }
        #expect(error?.code == code)
    }

    @Test func `an empty batch is a batch`() throws {
        #expect(try KinesisEvent.read(Array(#"{"Records":[]}"#.utf8)).records.isEmpty)
    }

    @Test func `the last of repeated members counts`() throws {
        let text = #"{"Records":[1,2],"Records":[\#(Self.record())]}"#
        #expect(try KinesisEvent.read(Array(text.utf8)).records.count == 1)
    }

    @Test func `limits the event`() {
        let error = #expect(throws: EventError.self) {
            try KinesisEvent.read(Self.event(Self.record()), limits: JSONLimits(bytes: 100))
        }
        #expect(error?.code == .tooLarge)
    }

    @Test func `neither records nor errors print data`() throws {
        let secret = Base64.encode("bob@example.com".utf8)
        let record = try Self.only(Self.record(data: "\"\(secret)\"")).get()
        #expect("\(record)" == "Kinesis record 0 (shardId-000000000006:4954)")
        let broken = #expect(throws: RecordError.self) { try Self.only(Self.record(data: "[\"\(secret)\"]")).get() }
        #expect(broken.map { "\($0)" }?.contains(secret) == false)
    }

    @Test(
        arguments: [
            ("arn:aws:kinesis:eu-west-1:123456789012:stream/orders/consumer/c:1", "orders"),
            ("arn:aws-cn:kinesis:cn-north-1:123456789012:stream/a-b_c.d", "a-b_c.d"), ("orders", nil),
            ("arn:aws:kinesis:::table/x", nil),
        ] as [(String, String?)]
    )
    func `cuts the stream's name out of its ARN`(arn: String, expected: String?) throws {
        let text = #"{"kinesis":{"sequenceNumber":"1","data":""},"eventID":"s:1","eventSourceARN":"\#(arn)"}"#
        #expect(try Self.only(text).get().streamName == expected)
    }
}
