import EventPatterns
import Foundation
import OrdersCommand
import PipesRunner
import Testing

/// `orders pattern` answers as the runner's filters do, record by record.
@Suite struct EventBatchTests {
    private static let sample = #"{"eventName":"MODIFY","eventSource":"aws:dynamodb","eventID":"e","dynamodb":{}}"#

    private static func batch(_ text: String) throws -> EventBatch { try EventBatch(parsing: Array(text.utf8)) }

    private static func file(_ name: String) throws -> EventBatch {
        let file = Fixtures.root.appendingPathComponent("events/\(name).json")
        return try EventBatch(parsing: [UInt8](Data(contentsOf: file)))
    }

    /// The places of the events that match.
    private static func matches(_ pattern: String, _ batch: EventBatch) throws -> [String] {
        let pattern = try EventPattern(parsing: pattern)
        return batch.events.filter { $0.input.passes(pattern) }.map(\.place)
    }

    @Test func `a filter sees of a change what a Pipe shows it`() throws {
        let batch = try Self.batch(Self.sample)
        #expect(!batch.isList && batch.hasStreamRecord)
        #expect(try Self.matches(#"{"eventName":["MODIFY"]}"#, batch) == ["$"])
        #expect(try Self.matches(#"{"eventSource":["aws:dynamodb"],"eventName":["MODIFY"]}"#, batch).isEmpty)
        #expect(try Self.matches(#"{"eventID":[{"exists":false}]}"#, batch) == ["$"])
    }

    @Test func `each record of a list is matched by itself`() throws {
        let change = #"{"eventName":"INSERT","dynamodb":{"NewImage":{"amountBand":{"S":"LE100"}}}}"#
        let absent = #"{"dynamodb":{"NewImage":{"amountBand":{"S":[{"exists":false}]}}}}"#
        let list = try Self.batch("[\(change),\(Self.sample),\(change)]")
        #expect(list.isList && list.events.count == 3)
        #expect(try Self.matches(absent, list) == ["$[1]"])
        let records = try Self.batch(#"{"a":1,"Records":[\#(Self.sample),\#(change)]}"#)
        #expect(records.isList)
        #expect(try Self.matches(absent, records) == ["$.Records[0]"])
        #expect(try Self.matches(#"{"eventName":[{"exists":true}]}"#, records) == ["$.Records[0]", "$.Records[1]"])
    }

    @Test(arguments: [
        ("pipe-premium-transition", "$["), ("stream-event-source-mapping", "$.Records["), ("stream-single-record", "$"),
    ])
    func `the samples of changes are read`(name: String, place: String) throws {
        let batch = try Self.file(name)
        #expect(batch.hasStreamRecord)
        let all = batch.events.map(\.place)
        #expect(all.allSatisfy { $0.hasPrefix(place) })
        #expect(try Self.matches(#"{"eventName":[{"exists":true}]}"#, batch) == all)
        #expect(try Self.matches(#"{"eventSource":[{"exists":true}]}"#, batch).isEmpty)
    }

    @Test func `an empty list has no events`() throws {
        let batch = try Self.file("pipe-empty-batch")
        #expect(batch.isList && batch.events.isEmpty)
    }

    @Test func `a filter sees of a Kinesis record the producer's JSON`() throws {
        let batch = try Self.file("kinesis-order-event")
        let all = batch.events.map(\.place)
        #expect(try Self.matches(#"{"data":{"Type":["OrderCreatedV1"]}}"#, batch) == all)
        #expect(try Self.matches(#"{"data":{"Type":["other"]}}"#, batch).isEmpty)
        #expect(try Self.matches(#"{"eventSource":["aws:kinesis"]}"#, batch).isEmpty)
    }

    /// AWS's own sample (EventBridge user guide, "Event filtering in Amazon EventBridge Pipes") with that data.
    private static func pipesRecord(_ data: String) -> String {
        #"""
        {"kinesisSchemaVersion":"1.0","partitionKey":"1","sequenceNumber":"4959033827149025660855969",
        "data":"\#(Data(data.utf8).base64EncodedString())","approximateArrivalTimestamp":1545084650.987,
        "eventSource":"aws:kinesis","eventVersion":"1.0","eventID":"shardId-000000000006:4959033827149025660855969",
        "eventName":"aws:kinesis:record","invokeIdentityArn":"arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion":"us-east-2","eventSourceARN":"arn:aws:kinesis:us-east-2:123456789012:stream/lambda-stream"}
        """#
    }

    /// Of what AWS says can't be used in patterns.
    private static let addedByPipes = [
        "awsRegion", "eventID", "eventName", "eventSource", "eventSourceARN", "eventVersion", "invokeIdentityArn",
    ]

    @Test func `a filter sees of a Pipe's Kinesis record the producer's JSON and what Kinesis says of it`() throws {
        let record = Self.pipesRecord(#"{"City":"Seattle","Temperature":46}"#)
        for (text, place) in [(record, "$"), ("[\(record)]", "$[0]")] {
            let batch = try Self.batch(text)
            #expect(try Self.matches(#"{"data":{"City":["Seattle"]}}"#, batch) == [place])
            #expect(try Self.matches(#"{"data":{"City":["Boston"]}}"#, batch).isEmpty)
            let all = #"{"partitionKey":["1"],"data":{"Temperature":[{"numeric":[">",45]}]}}"#
            #expect(try Self.matches(all, batch) == [place])
            #expect(try Self.matches(#"{"approximateArrivalTimestamp":[{"numeric":[">",0]}]}"#, batch) == [place])
            for name in Self.addedByPipes {
                #expect(try Self.matches(#"{"\#(name)":[{"exists":true}]}"#, batch).isEmpty, "\(name)")
            }
        }
    }

    @Test func `a Pipe's Kinesis record whose data is no JSON passes filters of the rest alone`() throws {
        let batch = try Self.batch(Self.pipesRecord("hi"))
        #expect(try Self.matches(#"{"partitionKey":["1"]}"#, batch) == ["$"])
        #expect(try Self.matches(#"{"partitionKey":["2"]}"#, batch).isEmpty)
        #expect(try Self.matches(#"{"data":{"City":[{"exists":false}]}}"#, batch).isEmpty)
        #expect(try Self.matches(#"{"partitionKey":["1"],"data":{"City":[{"exists":false}]}}"#, batch).isEmpty)
    }

    /// Neither of them is a record of a Pipe.
    @Test(arguments: [
        #"{"data":"eyJhIjoxfQ=="}"#, #"{"eventSource":"aws:kafka","data":"eyJhIjoxfQ=="}"#,
    ])
    func `an event that only has data is matched as it stands`(text: String) throws {
        #expect(try Self.matches(#"{"data":["eyJhIjoxfQ=="]}"#, try Self.batch(text)) == ["$"])
    }

    /// `aGk=` is the base64 of `hi`.
    @Test(arguments: ["aGk=", "no base64"])
    func `data that is no JSON passes no filter`(data: String) throws {
        let batch = try Self.batch(#"[{"kinesis":{"data":"\#(data)"}}]"#)
        #expect(try Self.matches(#"{"x":[{"exists":false}]}"#, batch).isEmpty)
        guard case .kinesisWithoutJSON = batch.events[0].input else {
            Issue.record("the command has to be able to say so")
            return
        }
    }

    @Test func `any other event is matched as it stands`() throws {
        let order = try Self.batch(#"{"orderId":"o-1","Records":5}"#)
        #expect(!order.isList && !order.hasStreamRecord)
        #expect(try Self.matches(#"{"orderId":["o-1"],"Records":[5]}"#, order) == ["$"])
        #expect(try Self.batch("5").events.map(\.place) == ["$"])
        let messages = try Self.file("sqs-order-message")
        #expect(try Self.matches(#"{"eventSource":["aws:sqs"]}"#, messages) == ["$.Records[0]"])
    }
}
