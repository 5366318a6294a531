import AWSClient
import LambdaEvents
import Synchronization
import TestSupport
import Testing

/// What is written, and how often.
@Suite struct WriterTests {
    private static let new = #"{"orderId":"O","status":"new","amount":1500.50,"timestamp":"2025-05-03T12:00:00Z"}"#
    private static let pending = #"{"orderId":"O","status":"pending","timestamp":"2025-05-03T12:00:01Z"}"#
    private static let shipped = #"{"orderId":"O","status":"shipped","timestamp":"2025-05-03T12:00:02Z"}"#

    @Test func `a new order is one conditional put`() async throws {
        let writer = WriterUnderTest()
        let message =
            #"{"orderId":"O","userId":"U","itemName":"Laptop","quantity":1,"status":"new","timestamp":"2025-05-03T12:00:00Z"}"#
        #expect(try await writer.handle([message]) == [])
        #expect(writer.faults.calls.map(\.operation) == ["DynamoDB.PutItem"])
        let instant = AttributeValue.s("2025-05-03T12:00:00Z")
        #expect(
            writer.item() == [
                "orderId": .s("O"), "userId": .s("U"), "itemName": .s("Laptop"), "quantity": .n("1"),
                "status": .s("new"), "timestamp": instant, "createdAt": instant, "updatedAt": instant,
                "versions": .m(["userId": instant, "itemName": instant, "quantity": instant, "status": instant]),
                "format": .n("1"),
            ]
        )
    }

    @Test func `messages of one order in one batch are written one by one in timestamp order`() async throws {
        let writer = WriterUnderTest()
        let hooked = HookedDynamoDB(writer.table)
        #expect(try await writer.handle([Self.shipped, Self.new, Self.pending], through: hooked) == [])
        #expect(hooked.images.map { $0["status"]?.string } == ["new", "pending", "shipped"])
        #expect(
            writer.faults.calls.map(\.operation) == [
                "DynamoDB.PutItem", "DynamoDB.UpdateItem", "DynamoDB.UpdateItem",
            ]
        )
    }

    /// Of one instant the greater value wins, so that a lesser status behind it would change nothing.
    @Test func `messages of one instant are written so that each status is seen`() async throws {
        func message(_ members: String) -> String {
            #"{"orderId":"O",\#(members),"timestamp":"2025-05-03T12:00:01Z"}"#
        }
        let (shipped, pending) = (message(#""status":"shipped""#), message(#""status":"pending""#))
        let amount = message(#""amount":1500"#)
        for bodies in [[shipped, amount, pending], [pending, shipped, amount], [amount, pending, shipped]] {
            let writer = WriterUnderTest()
            let hooked = HookedDynamoDB(writer.table)
            #expect(try await writer.handle(bodies, through: hooked) == [])
            #expect(hooked.images.map { $0["status"]?.string } == [nil, "pending", "shipped"])
            #expect(hooked.images.map { $0["amount"]?.number } == ["1500", "1500", "1500"])
        }
    }

    @Test func `a blank text leaves what is stored`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.new])
        let item = try #require(writer.item())
        let message =
            #"{"orderId":"O","status":"","customerEmail":"","itemName":" ","timestamp":"2025-05-03T12:00:09Z"}"#
        #expect(try await writer.handle([message]) == [])
        let stored = try #require(writer.item())
        for name in ["status", "customerEmail", "itemName", "versions"] { #expect(stored[name] == item[name]) }
    }

    @Test func `a message that changes nothing writes nothing`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.new, Self.pending])
        let item = writer.item()
        let hooked = HookedDynamoDB(writer.table)
        let outdated = #"{"orderId":"O","status":"old","timestamp":"2025-05-03T12:00:00.5Z"}"#
        #expect(try await writer.handle([Self.pending, Self.new, outdated], through: hooked) == [])
        #expect(hooked.images.isEmpty)
        // What is there is learnt from the first refusal, and known from then on.
        #expect(writer.faults.calls.count - 2 == 1)
        #expect(writer.item() == item)
        #expect(writer.logged.contains(#""written":0,"unchanged":3"#))
        #expect(writer.logged.contains(#""message_ids":["#))
    }

    @Test func `an instant without a zone is counted in the batch line`() async throws {
        let writer = WriterUnderTest()
        let zoneless = #"{"orderId":17,"amount":null,"timestamp":"2025-05-03T12:00:00.5"}"#
        #expect(try await writer.handle([Self.new, zoneless]) == [])
        #expect(writer.item("17")?["timestamp"] == .s("2025-05-03T12:00:00.5Z"))
        #expect(writer.logged.contains(#""zoneless_timestamps":1"#))
    }

    @Test func `a message may not lie far behind its arrival, or before the year 2000`() async throws {
        let writer = WriterUnderTest()
        // The messages say nothing of when they were sent, so that the clock stands for it: 2025-08-27T18:08:00Z.
        let instants = ["2025-08-28T18:08:00Z", "2025-08-28T18:08:01Z", "1999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"]
        let bodies = instants.map { #"{"orderId":"\#($0)","timestamp":"\#($0)"}"# }
        #expect(try await writer.handle(bodies) == ["m1", "m2", "m3"])
        #expect(writer.logged.contains("a clock that goes ahead"))
        #expect(writer.logged.contains("a clock that was never set"))
    }

    /// An event that a rule of EventBridge hands over, put at that time as the event says.
    private static func direct(_ detail: String, time: String = "2025-05-03T12:00:01Z") -> [UInt8] {
        Array(
            #"{"version":"0","id":"e-1","detail-type":"Order","source":"shop","account":"1","time":"\#(time)","region":"eu-central-1","resources":[],"detail":\#(detail)}"#
                .utf8
        )
    }

    @Test(arguments: ["2025-05-03T12:00:01Z", "9999-12-31T23:59:59Z", "yesterday"])
    func `the time that an event of EventBridge says decides nothing, since producers may set it`(time: String)
        async throws
    {
        let writer = WriterUnderTest()
        // The clock stands at 2025-08-27T18:08:00Z.
        let order = #"{"orderId":"O","timestamp":"2025-08-28T18:08:00Z"}"#
        #expect(try await writer.handle(Self.direct(order, time: time)) == [])
        #expect(writer.item()?["timestamp"] == .s("2025-08-28T18:08:00Z"))
        let later = #"{"orderId":"P","timestamp":"2025-08-28T18:08:01Z"}"#
        await #expect(throws: (any Error).self) { try await writer.handle(Self.direct(later, time: time)) }
        #expect(writer.item("P") == nil)
        #expect(writer.logged.contains("a clock that goes ahead"))
    }

    @Test func `EventBridge hands an order over directly`() async throws {
        let writer = WriterUnderTest()
        #expect(try await writer.handle(Self.direct(Self.new)) == [])
        #expect(writer.item()?["status"] == .s("new"))
        #expect(writer.logged.contains(#""read":1,"written":1"#))
        // It comes alone: only an error brings it again.
        for detail in [#"{"orderId":"O"}"#, #"{"orderId":"O","timestamp":"2025-08-28T18:08:01Z"}"#, "{}"] {
            await #expect(throws: (any Error).self) { try await writer.handle(Self.direct(detail)) }
        }
        #expect(writer.logged.contains(#""message_id":"e-1""#))
        await #expect(throws: EventError.self) { try await writer.handle(Array(#"{"orderId":"O"}"#.utf8)) }
    }

    @Test func `an order comes in EventBridge's envelope, in SNS's too`() async throws {
        let writer = WriterUnderTest()
        let inner = #"{"detail-type":"Order","source":"shop","detail":\#(Self.new)}"#
        let quoted = inner.replacing(#"\"#, with: #"\\"#).replacing(#"""#, with: #"\""#)
        #expect(try await writer.handle([inner, #"{"Type":"Notification","Message":"\#(quoted)"}"#]) == [])
        #expect(writer.logged.contains(#""written":1,"unchanged":1"#))
    }

    @Test func `an amount with the digits of binary floating point is counted in the batch line`() async throws {
        let writer = WriterUnderTest()
        let message = #"{"orderId":"O","amount":19.989999999999998,"timestamp":"2025-05-03T12:00:00Z"}"#
        #expect(try await writer.handle([message]) == [])
        #expect(writer.item()?["amount"] == .n("19.99"))
        #expect(writer.logged.contains(#""rounded_amounts":1"#))
    }

    @Test func `a message with only some attributes updates only those`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.new])
        var expected = try #require(writer.item())
        let message = #"{"orderId":"O","itemName":"Phone","timestamp":"2025-05-03T12:00:05Z"}"#
        #expect(try await writer.handle([message]) == [])
        let instant = AttributeValue.s("2025-05-03T12:00:05Z")
        expected["itemName"] = .s("Phone")
        expected["timestamp"] = instant
        expected["updatedAt"] = instant
        expected["versions"] = .m([
            "status": .s("2025-05-03T12:00:00Z"), "amount": .s("2025-05-03T12:00:00Z"), "itemName": instant,
        ])
        #expect(writer.item() == expected)
    }

    @Test func `derived attributes come, change and go with what they derive from`() async throws {
        let writer = WriterUnderTest()
        func message(_ second: Int, _ members: String) -> String {
            #"{"orderId":"O","timestamp":"2025-05-03T12:00:0\#(second)Z",\#(members)}"#
        }
        try await writer.handle([message(0, #""status":"new""#)])
        #expect(writer.item()?["amountBand"] == nil && writer.item()?["emailDomain"] == nil)
        try await writer.handle([message(1, #""amount":100,"customerEmail":"A@Shop.Example""#)])
        #expect(writer.item()?["amountBand"] == .s("LE100"))
        #expect(writer.item()?["emailDomain"] == .s("shop.example"))
        try await writer.handle([message(2, #""amount":"1000.00000001","customerEmail":"nobody""#)])
        #expect(writer.item()?["amountBand"] == .s("premium-GT1000"))
        #expect(writer.item()?["emailDomain"] == nil)
    }

    @Test func `attributes of others stay, and an item of theirs is as old as it says`() async throws {
        let writer = WriterUnderTest()
        writer.table.seed(
            "Orders",
            [
                "orderId": .s("O"), "status": .s("returned"), "note": .s("call first"),
                "timestamp": .s("2025-05-03T12:00:01.5Z"), "itemName": .bool(true),
            ]
        )
        #expect(try await writer.handle([Self.pending]) == [])
        #expect(writer.item()?["status"] == .s("returned"))
        #expect(try await writer.handle([Self.shipped]) == [])
        #expect(writer.item()?["status"] == .s("shipped"))
        #expect(writer.item()?["note"] == .s("call first"))
        #expect(writer.item()?["itemName"] == .bool(true))
    }

    @Test func `an item deleted between two requests is made anew`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.new])
        let hooked = HookedDynamoDB(writer.table) { request in
            guard request == 1 else { return }
            writer.table.remove(from: "Orders", "O")
        }
        #expect(try await writer.handle([Self.shipped], through: hooked) == [])
        #expect(writer.item()?["status"] == .s("shipped"))
        #expect(writer.item()?["amount"] == nil)
    }

    @Test func `a refusal that does not bring the item is followed by a read`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.new])
        writer.faults.plan { call in
            call.index > 0
                ? .none
                : .before(
                    AWSError(code: .conditionalCheckFailed, message: "", operation: call.operation, statusCode: 400)
                )
        }
        #expect(try await writer.handle([Self.shipped]) == [])
        #expect(
            writer.faults.calls.map(\.operation) == [
                "DynamoDB.PutItem", "DynamoDB.GetItem", "DynamoDB.UpdateItem",
            ]
        )
        #expect(writer.item()?["amount"] == .n("1500.5"))
    }

    @Test(arguments: [
        ("sqs-order-message", ["O1234": "new"]), ("sqs-sns-order-message", ["O1235": "pending"]),
        ("sqs-batch-with-poison-message", ["O1235": "shipped"]),
        ("sqs-empty-batch", [:]),
    ])
    func `sample events are stored`(name: String, statuses: [String: String]) async throws {
        let writer = WriterUnderTest()
        let failed = try await writer.handle(sampleEvent(name))
        #expect(failed.count == (name == "sqs-batch-with-poison-message" ? 1 : 0))
        let items = writer.table.items(of: "Orders")
        let stored = items.map { ($0["orderId"]?.string ?? "", $0["status"]?.string ?? "") }
        #expect(Dictionary(uniqueKeysWithValues: stored) == statuses)
    }

    @Test func `orders of one batch are written side by side, as many as there are connections`() async throws {
        let writer = WriterUnderTest()
        let connections = CurlLimits().connections
        let requests = Mutex((inside: 0, most: 0))
        let hooked = HookedDynamoDB(writer.table) { request in
            requests.withLock { $0 = ($0.inside + 1, max($0.most, $0.inside + 1)) }
            // The first ones wait for each other, or for long enough to tell that the others are not begun.
            var turns = 0
            while request < connections, turns < 10_000, requests.withLock({ $0.most < connections }) {
                turns += 1
                await Task.yield()
            }
            requests.withLock { $0.inside -= 1 }
        }
        let bodies = (0..<500).map { #"{"orderId":"O\#($0)","timestamp":"2025-05-03T12:00:00Z"}"# }
        #expect(try await writer.handle(bodies, through: hooked) == [])
        #expect(requests.withLock { $0.most } == connections)
        #expect(writer.table.items(of: "Orders").count == 500)
    }

    @Test func `an event of another source is an error`() async throws {
        let writer = WriterUnderTest()
        await #expect(throws: EventError.self) { try await writer.handle(sampleEvent("kinesis-order-event")) }
        await #expect(throws: EventError.self) { try await writer.handle(Array("not JSON".utf8)) }
        #expect(writer.faults.calls.isEmpty)
    }
}
