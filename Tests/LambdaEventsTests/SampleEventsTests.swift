import Foundation
import JSONText
import LambdaEvents
import Testing

@Suite struct SampleEventsTests {
    @Test func `every sample is read by one of these tests`() throws {
        let tested =
            Self.kinesis.map(\.0) + Self.sqs.map(\.0) + Self.streams.map(\.0) + Self.requests.map(\.0)
            + ["eventbridge-order-message"]
        #expect(try SampleEvents.names() == tested.sorted())
    }

    private static let kinesis = [
        ("kinesis-order-event", 1), ("kinesis-short-record", 1), ("kinesis-batch-with-poison-record", 3),
        ("kinesis-empty-batch", 0), ("kinesis-producers-spellings", 3),
    ]

    @Test(arguments: kinesis)
    func `reads Kinesis samples`(name: String, count: Int) throws {
        let event = try KinesisEvent.read(SampleEvents.bytes(name))
        #expect(event.records.count == count)
        for result in event.records {
            let record = try result.get()
            #expect(record.eventID == "\(try #require(record.shardID)):\(record.sequenceNumber)")
            #expect(record.streamName == "orders-order-stream")
            #expect(record.partitionKey?.isEmpty == false)
            #expect(record.approximateArrivalTimestamp != nil)
            #expect(try !record.data().isEmpty)
        }
    }

    @Test func `the short record is the published one`() throws {
        let event = try KinesisEvent.read(SampleEvents.bytes("kinesis-short-record"))
        #expect(try event.records[0].get().data() == Array(#"{"customer_id":"12345","amount":250.00}"#.utf8))
    }

    @Test func `one poison record of the Kinesis batch is not JSON`() throws {
        let event = try KinesisEvent.read(SampleEvents.bytes("kinesis-batch-with-poison-record"))
        let readable = try event.records.map { result in
            let data = try result.get().data()
            return (try? JSONReader.read(data) { reader in try reader.skip() }) != nil
        }
        #expect(readable == [true, false, true])
    }

    private static let sqs = [
        ("sqs-order-message", ["O1234"]), ("sqs-sns-order-message", ["O1235"]),
        ("sqs-batch-with-poison-message", ["O1235", nil, "O1235"]), ("sqs-empty-batch", []),
    ]

    @Test(arguments: sqs)
    func `reads SQS samples`(name: String, orderIDs: [String?]) throws {
        let event = try SQSEvent.read(SampleEvents.bytes(name))
        let read = try event.records.map { result in
            let record = try result.get()
            #expect(record.messageID.utf8.count == 36)
            #expect(record.sentTimestamp != nil)
            let order = try JSONSerialization.jsonObject(with: Data(record.message)) as? [String: Any]
            return order?["orderId"] as? String
        }
        #expect(read == orderIDs)
    }

    @Test func `the sample of EventBridge is no SQS event, but one that comes directly`() throws {
        let bytes = try SampleEvents.bytes("eventbridge-order-message")
        let error = #expect(throws: EventError.self) { try SQSEvent.read(bytes) }
        #expect(error?.code == .notAnEnvelope)
        let event = try #require(EventBridgeEvent(bytes))
        #expect(event.id?.utf8.count == 36)
        #expect(try EventBridgeEvent(SampleEvents.bytes("sqs-order-message")) == nil)
    }

    private static let requests = [
        ("httpapi-order", "POST /orders", "iam:AROAEXAMPLE"),
        ("httpapi-batch-with-refused-order", "POST /orders/batch", "jwt:26:https://login.shop.example:importer"),
    ]

    @Test(arguments: requests)
    func `reads samples of requests`(name: String, routeKey: String, caller: String) throws {
        let event = try HTTPAPIEvent.read(SampleEvents.bytes(name))
        #expect(event.routeKey == routeKey)
        #expect("\(event.method) \(event.path)" == routeKey)
        #expect(event.caller.identity == caller)
        #expect(event.headers["content-length"] == "\(event.body.count)")
    }

    private static let streams: [(String, DynamoDBEvent.Delivery, [DynamoDBEventRecord.EventName])] = [
        ("pipe-premium-transition", .pipe, [.modify]), ("pipe-order-changes", .pipe, [.insert, .modify, .insert]),
        ("pipe-amount-exactly-100", .pipe, [.insert]), ("pipe-expired-order", .pipe, [.remove]),
        ("pipe-batch-with-poison-record", .pipe, [.insert, .insert, .insert]), ("pipe-empty-batch", .pipe, []),
        ("stream-event-source-mapping", .eventSourceMapping, [.insert, .modify]),
        ("stream-single-record", .single, [.modify]),
    ]

    @Test(arguments: streams)
    func `reads stream samples`(
        name: String,
        delivery: DynamoDBEvent.Delivery,
        eventNames: [DynamoDBEventRecord.EventName]
    ) throws {
        let event = try DynamoDBEvent.read(SampleEvents.bytes(name))
        #expect(event.delivery == delivery)
        let records = try event.records.map { try $0.get() }
        #expect(records.map(\.eventName) == eventNames)
        for record in records {
            #expect(record.eventID?.utf8.count == 32)
            #expect(record.sequenceNumber?.utf8.count == 24)
            #expect(record.keys != nil)
            #expect((record.newImage == nil) == (record.eventName == .remove))
            #expect((record.oldImage == nil) == (record.eventName == .insert))
            #expect(record.approximateCreationDateTime != nil)
        }
    }

    @Test func `the premium transition is the published one`() throws {
        let event = try DynamoDBEvent.read(SampleEvents.bytes("pipe-premium-transition"))
        let record = try event.records[0].get()
        let new = try self.attributes(record.newImage)
        let old = try self.attributes(record.oldImage)
        #expect(new["orderId"]?["S"] as? String == "ORD-1001")
        #expect(new["amount"]?["N"] as? String == "1500")
        #expect(new["status"]?["S"] as? String == "shipped")
        #expect(old["status"]?["S"] as? String == "pending")
    }

    private func attributes(_ image: ArraySlice<UInt8>?) throws -> [String: [String: Any]] {
        let image = try #require(image)
        let attributes = try JSONSerialization.jsonObject(with: Data(image)) as? [String: [String: Any]]
        return try #require(attributes)
    }
}

/// The sample events of `events/`, which the README offers to users.
enum SampleEvents {
    static let directory = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "events")

    static func names() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: self.directory.path)
            .filter { $0.hasSuffix(".json") }
            .map { String($0.dropLast(5)) }
            .sorted()
    }

    static func bytes(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: self.directory.appending(path: "\(name).json")))
    }
}
