import AWSClient
import EventPatterns
import JSONText
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct DeadLetterMessageTests {
    @Test func `reads back what a Pipe sends`() {
        let batch = UndeliveredBatch(
            condition: .retryAttemptsExhausted,
            records: [.numbered(5), .numbered(9)],
            invocations: 6
        )
        let info = StreamBatchInfo(batch, source: .dynamoDB, streamARN: "arn:s", shardID: "shard")
        let body = PipeDeadLetter.message(batch, info: info, pipeARN: "arn:p", at: .seconds(0))
        guard case .pointer(let range) = DeadLetterMessage(body: body) else {
            Issue.record("no pointer: \(body)")
            return
        }
        #expect(range.streamARN == "arn:s" && range.shardID == "shard")
        #expect(range.start == "5" && range.end == "9" && range.count == 2)
    }

    private static func letter(_ body: String) -> DeadLetterMessage.FunctionLetter? {
        guard case .letter(let letter) = DeadLetterMessage(body: body) else { return nil }
        return letter
    }

    @Test func `reads what a function sends, with the record or its place`() throws {
        let held = try #require(
            Self.letter(#"{"format":1,"function":"F","reason":"r","source":"s","eventID":"e","record":"eyJhIjoxfQ=="}"#)
        )
        #expect(held.function == "F" && held.reason == "r" && held.record == .bytes(Array(#"{"a":1}"#.utf8)))
        #expect(Self.letter(#"{"format":1,"function":"F","source":"s","record":""}"#)?.record == .bytes([]))
        let stored = try #require(Self.letter(#"{"format":1,"function":"F","source":"s","bucket":"b","key":"k"}"#))
        #expect(stored.record == .object(bucket: "b", key: "k"))
    }

    @Test(arguments: [
        "", "[]", "garbage", "{}", #"{"record":"eyJhIjoxfQ=="}"#, #"{"format":1,"function":"F"}"#,
        #"{"format":1,"function":"F","record":"%%%"}"#, #"{"format":1,"function":"F","bucket":"b"}"#,
        #"{"DDBStreamBatchInfo":{"shardId":"s"}}"#, #"{"DDBStreamBatchInfo":{}}"#,
    ])
    func `says what it cannot use`(body: String) {
        guard case .unknown(let reason) = DeadLetterMessage(body: body) else {
            Issue.record("\(body) should be unknown")
            return
        }
        #expect(!reason.isEmpty)
    }

    @Test(arguments: [
        ("", "before 1.0"), (#""format":0,"#, "format 0"),
        (#""format":2,"#, "redrive it with the version that sent it"),
        (#""format":"1","#, "before 1.0"), (#""format":1.5,"#, "before 1.0"), (#""format":1e300,"#, "before 1.0"),
    ])
    func `a letter of a format that is not known is refused with what to do`(format: String, advice: String) {
        let body = #"{\#(format)"function":"F","source":"s","record":"eyJhIjoxfQ=="}"#
        guard case .unknown(let reason) = DeadLetterMessage(body: body) else {
            Issue.record("\(body) should be unknown")
            return
        }
        #expect(reason.contains(advice), "\(reason)")
    }

    @Test func `delivers a stream record as a Pipe does`() throws {
        let letter = try #require(Self.letter(#"{"format":1,"function":"F","record":"eyJhIjoxfQ=="}"#))
        let event = letter.event(record: Array(#"{"a":1}"#.utf8), sentMilliseconds: 5)
        #expect(String(decoding: event, as: UTF8.self) == #"[{"a":1}]"#)
    }

    @Test func `delivers a Kinesis record under an event id of its own`() throws {
        let letter = try #require(
            Self.letter(
                #"{"format":1,"function":"F","source":"arn:aws:kinesis:eu-west-1:1:stream/s","shardId":"shardId-1","sequenceNumber":"17","record":"YQ=="}"#
            )
        )
        let text = String(decoding: letter.event(record: [0x61], sentMilliseconds: 1_700_000_000_045), as: UTF8.self)
        #expect(
            text
                == #"{"Records":[{"kinesis":{"kinesisSchemaVersion":"1.0","partitionKey":"redrive","sequenceNumber":"17","#
                + #""data":"YQ==","approximateArrivalTimestamp":1700000000.045},"eventSource":"aws:kinesis","#
                + #""eventVersion":"1.0","eventID":"redrive-1-shardId-1-17:17","eventName":"aws:kinesis:record","#
                + #""awsRegion":"eu-west-1","eventSourceARN":"arn:aws:kinesis:eu-west-1:1:stream/s"}]}"#
        )
    }

    /// Else its order would be judged and dated by how long its letter had lain.
    @Test func `delivers a Kinesis record with the arrival that its letter tells`() throws {
        let letter = try #require(
            Self.letter(
                #"{"format":1,"function":"F","source":"s","shardId":"shardId-1","sequenceNumber":"17","arrivedAt":"2023-11-14T22:13:20.045Z","record":"YQ=="}"#
            )
        )
        let text = String(decoding: letter.event(record: [0x61], sentMilliseconds: 1_800_000_000_000), as: UTF8.self)
        #expect(text.contains(#""approximateArrivalTimestamp":1700000000.045}"#))
    }

    /// The event id under which the record is delivered that a letter of this shard holds.
    private static func eventID(shardID: String, sequenceNumber: String = "17", part: Int? = nil) throws -> String {
        let part = part.map { #""subSequenceNumber":\#($0),"# } ?? ""
        let letter = try #require(
            Self.letter(
                #"{"format":1,"function":"F","source":"s","shardId":"\#(shardID)","sequenceNumber":"\#(sequenceNumber)",\#(part)"record":"YQ=="}"#
            )
        )
        let event = try JSONValue(parsing: letter.event(record: [0x61], sentMilliseconds: nil))
        guard case .object(let object) = event, case .array(let records)? = object["Records"],
            case .object(let record)? = records.first, case .string(let id)? = record["eventID"]
        else { return "" }
        return id
    }

    @Test func `a record refused again is delivered under the next number, and its name does not grow`() throws {
        var shardID = "shardId-000000000001"
        for round in 1...12 {
            let id = try Self.eventID(shardID: shardID)
            #expect(id == "redrive-\(round)-shardId-000000000001-17:17")
            // The aggregator's next letter names the shard by what is before the colon.
            shardID = String(id.prefix { $0 != ":" })
        }
    }

    @Test func `parts of an aggregate have names of their own, which do not grow either`() throws {
        #expect(try Self.eventID(shardID: "shardId-1", part: 0) == "redrive-1-shardId-1-17.0:17")
        #expect(try Self.eventID(shardID: "redrive-1-shardId-1-17.0") == "redrive-2-shardId-1-17.0:17")
        // A damaged aggregate that a later version can take apart.
        #expect(try Self.eventID(shardID: "redrive-1-shardId-1-17", part: 3) == "redrive-2-shardId-1-17.3:17")
    }

    @Test(arguments: [
        "redrive-", "redrive-1", "redrive-x-shardId-1-17", "redrive-0-shardId-1-17", "redrive--1-shardId-1-17",
        "redrive-1-shardId-1", "redrive-9223372036854775807-shardId-1-17", "shard-17", "-",
        "redrive-1-shardId-1-17.x", "redrive-1-shardId-1-17.1.2", "redrive-1-shardId-1-18.1",
    ])
    func `a shard that only looks redriven is an ordinary one`(shardID: String) throws {
        #expect(try Self.eventID(shardID: shardID) == "redrive-1-\(shardID)-17:17")
    }

    @Test func `the same letter always has the same event id, and each record of a shard one of its own`() throws {
        #expect(try Self.eventID(shardID: "shardId-1") == Self.eventID(shardID: "shardId-1"))
        let shards = try Set(
            ["12", "17"].map { number in
                try Self.eventID(shardID: "shardId-1", sequenceNumber: number).prefix { $0 != ":" }
            }
        )
        #expect(shards.count == 2)
    }
}
