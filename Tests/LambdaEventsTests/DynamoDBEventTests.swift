import JSONText
import LambdaEvents
import Platform
import Testing

@Suite struct DynamoDBEventTests {
    /// A change in the shape of the service.
    private static func record(_ id: String, sequenceNumber: String = "700") -> String {
        #"""
        {"eventID":"\#(id)","eventName":"MODIFY","eventVersion":"1.1","eventSource":"aws:dynamodb","awsRegion":"eu-west-1",\#
        "dynamodb":{"ApproximateCreationDateTime":1.746273605E9,"Keys":{"orderId":{"S":"O"}},\#
        "NewImage":{"orderId":{"S":"O"},"status":{"S":"shipped"}},"OldImage":{"orderId":{"S":"O"}},\#
        "SequenceNumber":"\#(sequenceNumber)","SizeBytes":9,"StreamViewType":"NEW_AND_OLD_IMAGES"},"eventSourceARN":"arn:t"}
        """#
    }

    private static func read(_ text: String) throws -> DynamoDBEvent {
        try DynamoDBEvent.read(Array(text.utf8))
    }

    private static func text(_ bytes: (some Sequence<UInt8>)?) -> String? {
        bytes.map { String(decoding: Array($0), as: UTF8.self) }
    }

    @Test func `reads every field`() throws {
        let text = Self.record("e-1")
        let record = try Self.read(" [ \(text) ] ").records[0].get()
        #expect(record.eventID == "e-1")
        #expect(record.sequenceNumber == "700")
        #expect(record.eventName == .modify)
        #expect(Self.text(record.keys) == #"{"orderId":{"S":"O"}}"#)
        #expect(Self.text(record.newImage) == #"{"orderId":{"S":"O"},"status":{"S":"shipped"}}"#)
        #expect(Self.text(record.oldImage) == #"{"orderId":{"S":"O"}}"#)
        #expect(record.approximateCreationDateTime?.nanosecondsSince1970 == 1_746_273_605_000_000_000)
        #expect(record.eventSourceARN == "arn:t")
        #expect(Self.text(record.json) == text)
        #expect("\(record)" == "stream record 0 (e-1)")
    }

    @Test func `names failures as the deliverer wants them`() throws {
        let pipe = try Self.read("[\(Self.record("e-1")),\(Self.record("e-2", sequenceNumber: "701"))]")
        #expect(pipe.delivery == .pipe)
        #expect(try pipe.records.map { try $0.get().itemIdentifier } == ["e-1", "e-2"])
        let mapping = try Self.read(#"{"Records":[\#(Self.record("e-1"))]}"#)
        #expect(mapping.delivery == .eventSourceMapping)
        #expect(try mapping.records[0].get().itemIdentifier == "700")
        let single = try Self.read(Self.record("e-1"))
        #expect(single.delivery == .single)
        #expect(try single.records[0].get().itemIdentifier == "e-1")
    }

    @Test func `reads a record without ids and images`() throws {
        let record = try Self.read(
            #"[{"eventName":"REMOVE","eventID":null,"userIdentity":null,"dynamodb":{"NewImage":null,"SequenceNumber":null}}]"#
        ).records[0].get()
        #expect(record.eventName == .remove)
        #expect(record.eventID == nil)
        #expect(record.itemIdentifier == nil)
        #expect(record.newImage == nil)
        #expect(record.approximateCreationDateTime == nil)
    }

    @Test(
        arguments: [
            (#"{"eventID":"e","eventName":"MODIFY"}"#, RecordError.Code.missingMember, "e", nil),
            (#"{"eventID":"e","dynamodb":{"SequenceNumber":"1"}}"#, .missingMember, "e", "1"),
            (#"{"eventID":"e","eventName":"UPSERT","dynamodb":{"SequenceNumber":"1"}}"#, .invalidValue, "e", "1"),
            (
                #"{"eventID":"e","eventName":"MODIFY","dynamodb":{"NewImage":[],"SequenceNumber":"1"}}"#, .wrongType,
                "e", "1"
            ),
            (#"{"eventID":"e","eventName":"MODIFY","dynamodb":{"SequenceNumber":1}}"#, .wrongType, "e", nil),
            (#"{"eventID":7,"eventName":"MODIFY","dynamodb":{"SequenceNumber":"1"}}"#, .wrongType, nil, "1"),
            ("7", .wrongType, nil, nil), ("null", .wrongType, nil, nil), ("{}", .missingMember, nil, nil),
        ] as [(String, RecordError.Code, String?, String?)]
    )
    func `a bad record fails alone and says what is known of it`(
        text: String,
        code: RecordError.Code,
        eventID: String?,
        sequenceNumber: String?
    ) throws {
        for (opening, closing) in [("[", "]"), (#"{"Records":["#, "]}")] {
            let event = try Self.read("\(opening)\(Self.record("a")),\(text),\(Self.record("b"))\(closing)")
            #expect(try event.records[0].get().eventID == "a")
            #expect(try event.records[2].get().eventID == "b")
            let error = #expect(throws: RecordError.self) { try event.records[1].get() }
            #expect(error?.code == code)
            #expect(error?.eventID == eventID)
            #expect(error?.sequenceNumber == sequenceNumber)
            #expect(error?.itemIdentifier == (event.delivery == .pipe ? eventID : sequenceNumber))
            #expect(error?.json == Array(text.utf8))
            #expect(error?.reason.contains(event.delivery == .pipe ? "($[1]" : "($.Records[1]") == true)
        }
    }

    @Test func `a bad single record is a record's failure`() throws {
        let event = try Self.read(#"{"eventID":"e","eventName":"UPSERT","dynamodb":{}}"#)
        #expect(event.delivery == .single)
        let error = #expect(throws: RecordError.self) { try event.records[0].get() }
        #expect(error?.itemIdentifier == "e")
    }

    @Test(arguments: [
        ("", EventError.Code.malformed), ("[", .malformed), ("5", .notAnEnvelope), (#""x""#, .notAnEnvelope),
        ("{}", .notAnEnvelope),
        (#"{"orderId":"O"}"#, .notAnEnvelope), (#"{"Records":5}"#, .notAnEnvelope), ("[{}", .malformed),
        (#"[{"eventSource":"aws:kinesis"}]"#, .wrongSource),
        (#"[{"eventName":"aws:kinesis:record","kinesis":{},"eventSource":"aws:kinesis"}]"#, .wrongSource),
        (#"{"Records":[{"eventName":"ObjectCreated:Put","eventSource":"aws:s3","s3":{}}]}"#, .wrongSource),
        (#"{"Records":[{"messageId":"m","body":"{}","eventSource":"aws:sqs"}]}"#, .wrongSource),
    ])
    func `what is no envelope fails as a whole`(text: String, code: EventError.Code) {
        let error = #expect(throws: EventError.self) { try Self.read(text) }
        #expect(error?.code == code)
    }

    @Test(arguments: [("[", "]"), (#"{"Records":["#, "]}")])
    func `new images are read as they come by`(opening: String, closing: String) throws {
        let records = [
            Self.record("a"), "7", #"{"eventName":"REMOVE","dynamodb":{"NewImage":null}}"#,
            #"{"eventName":"MODIFY","dynamodb":{"NewImage":{"a":{"S":"1"}},"NewImage":{ "b" : [2] }}}"#,
            #"{"dynamodb":{"NewImage":{"c":{"S":"1"}}},"eventName":"UPSERT"}"#,
        ]
        var keys: [String] = []
        let text = "\(opening)\(records.joined(separator: ","))\(closing)"
        let event = try DynamoDBEvent.read(Array(text.utf8)) { index, reader in
            try reader.readObject { key, reader in
                keys.append("\(index) \(key.string)")
                try reader.skip()
            }
        }
        #expect(keys == ["0 orderId", "0 status", "3 a", "3 b", "4 c"])
        let images = event.records.map { Self.text(try? $0.get().newImage) }
        #expect(images == [#"{"orderId":{"S":"O"},"status":{"S":"shipped"}}"#, nil, nil, #"{ "b" : [2] }"#, nil])
    }

    @Test func `the new image of a record alone is read`() throws {
        var indices: [Int] = []
        _ = try DynamoDBEvent.read(Array(Self.record("a").utf8)) { index, reader in
            indices.append(index)
            try reader.skip()
        }
        #expect(indices == [0])
    }

    @Test func `an empty array is an empty batch`() throws {
        #expect(try Self.read("[]").records.isEmpty)
        #expect(try Self.read(#"{"Records":[]}"#).records.isEmpty)
    }
}
