import AWSClient
import LambdaEvents
import Platform
import TestSupport
import Testing

/// What fails alone, what fails with its neighbours, and what is reported.
@Suite struct WriterFailureTests {
    private static func message(_ id: String, _ second: Int, _ members: String = #""status":"new""#) -> String {
        #"{"orderId":"\#(id)","timestamp":"2025-05-03T12:00:0\#(second)Z",\#(members)}"#
    }

    @Test(arguments: [
        "not JSON", "[]", "{}", #"{"orderId":"X"}"#, #"{"orderId":7.5,"timestamp":"2025-05-03T12:00:00Z"}"#,
        #"{"orderId":"X","timestamp":"yesterday"}"#, message("X", 0, #""amount":"a lot""#),
        message("X", 0, #""amount":-1"#), message("X", 0, #""quantity":0"#), message("X", 0, #""currency":"""#),
        #"{"Type":"Notification","Message":"not JSON"}"#,
    ])
    func `a message that can never be stored is reported alone`(body: String) async throws {
        let writer = WriterUnderTest()
        let bodies = [Self.message("A", 0), body, Self.message("B", 0)]
        #expect(try await writer.handle(bodies) == ["m1"])
        #expect(writer.table.items(of: "Orders").map { $0["orderId"]?.string } == ["A", "B"])
        #expect(writer.logged.contains("order message refused"))
    }

    @Test func `the sample batch with a poison message reports that one`() async throws {
        let writer = WriterUnderTest()
        let failed = try await writer.handle(sampleEvent("sqs-batch-with-poison-message"))
        #expect(failed == ["d6a1c7ce-5d0f-4f2b-9d1e-0a4d3a7b1c02"])
        #expect(writer.logged.contains("d6a1c7ce-5d0f-4f2b-9d1e-0a4d3a7b1c02"))
        #expect(writer.item("O1235")?["status"] == .s("shipped"))
    }

    @Test func `a record without an id fails the batch, and its neighbours are stored`() async throws {
        let writer = WriterUnderTest()
        let bodies = [Self.message("A", 0), Self.message("B", 0)]
        let event = WriterUnderTest.event(bodies, ids: ["m0", nil])
        await #expect { try await writer.handle(event) } throws: { error in
            (error as? EventError)?.code == .unreportable
        }
        #expect(writer.item("A") != nil && writer.item("B") == nil)
    }

    @Test func `a transient failure reports the rest of that order's messages only`() async throws {
        let writer = WriterUnderTest()
        let bodies = [
            Self.message("A", 3), Self.message("B", 1), Self.message("A", 1), Self.message("A", 2),
            Self.message("B", 2),
        ]
        let hooked = RefusingDynamoDB(writer.table) { input in
            let refusesIt =
                input.key["orderId"] == .s("A") && input.attributes.values.values.contains(.s("2025-05-03T12:00:02Z"))
            return refusesIt ? .throttled("DynamoDB.UpdateItem") : nil
        }
        #expect(try await writer.handle(bodies, through: hooked) == ["m3", "m0"])
        #expect(writer.item("A")?["timestamp"] == .s("2025-05-03T12:00:01Z"))
        #expect(writer.item("B")?["timestamp"] == .s("2025-05-03T12:00:02Z"))
        #expect(writer.time.sleeps.count == 9, "retried until the attempts are used up")
    }

    @Test func `a message that DynamoDB refuses for good is reported alone`() async throws {
        let writer = WriterUnderTest()
        let bodies = [Self.message("A", 3), Self.message("A", 1), Self.message("A", 2)]
        let hooked = RefusingDynamoDB(writer.table) { input in
            guard input.attributes.values.values.contains(.s("2025-05-03T12:00:02Z")) else { return nil }
            return AWSError(
                code: .validation,
                message: "Item size has exceeded the maximum allowed size",
                operation: "DynamoDB.UpdateItem",
                statusCode: 400
            )
        }
        #expect(try await writer.handle(bodies, through: hooked) == ["m2"])
        #expect(writer.item("A")?["timestamp"] == .s("2025-05-03T12:00:03Z"))
        #expect(writer.time.sleeps.isEmpty)
    }

    @Test func `throttling is waited out inside the invocation`() async throws {
        let writer = WriterUnderTest()
        writer.faults.plan { $0.index < 5 ? .before(.throttled($0.operation)) : .none }
        #expect(try await writer.handle([Self.message("A", 0)], deadline: .seconds(10)) == [])
        #expect(writer.item("A") != nil)
        #expect(writer.time.sleeps.count == 5)
    }

    @Test func `a missing permission is reported at once, and for every message`() async throws {
        let writer = WriterUnderTest()
        writer.faults.plan {
            .before(AWSError(code: .accessDenied, message: "no", operation: $0.operation, statusCode: 400))
        }
        #expect(try await writer.handle([Self.message("A", 0), Self.message("A", 1)]) == ["m0", "m1"])
        #expect(writer.faults.calls.count == 1 && writer.time.sleeps.isEmpty)
    }

    @Test(arguments: [false, true])
    func `a lost answer neither loses nor repeats a write`(isNew: Bool) async throws {
        let writer = WriterUnderTest()
        if !isNew { try await writer.handle([Self.message("A", 0)]) }
        writer.faults.plan { $0.index == (isNew ? 0 : 1) ? .after(.lost($0.operation)) : .none }
        let hooked = HookedDynamoDB(writer.table)
        #expect(try await writer.handle([Self.message("A", 1)], through: hooked) == [])
        #expect(writer.item("A")?["timestamp"] == .s("2025-05-03T12:00:01Z"))
        #expect(hooked.images.isEmpty, "the write whose answer was lost is not made again")
    }

    @Test func `near the deadline it stops, reports the unfinished and keeps the finished`() async throws {
        let writer = WriterUnderTest()
        let time = writer.time
        // 3 s each: of 10 s, work ends 1 s before the end, so three messages get done.
        let slow = HookedDynamoDB(writer.table) { _ in time.advance(by: .seconds(3)) }
        let bodies = (0..<6).map { Self.message("A", $0) }
        #expect(try await writer.handle(bodies, through: slow, deadline: .seconds(10)) == ["m3", "m4", "m5"])
        #expect(writer.item("A")?["timestamp"] == .s("2025-05-03T12:00:02Z"))
        #expect(slow.images.count == 3)
    }

    @Test func `orders of one batch that are not begun by the deadline are reported too`() async throws {
        let writer = WriterUnderTest()
        let time = writer.time
        let slow = HookedDynamoDB(writer.table) { _ in time.advance(by: .seconds(1)) }
        let bodies = (0..<600).map { Self.message("O\($0)", 0) }
        let failed = try await writer.handle(bodies, through: slow, deadline: .seconds(10))
        let stored = Set(writer.table.items(of: "Orders").compactMap { $0["orderId"]?.string })
        #expect(stored == Set(bodies.indices.filter { !failed.contains("m\($0)") }.map { "O\($0)" }))
        #expect(!stored.isEmpty && !failed.isEmpty)
    }

    @Test func `no log line holds personal data`() async throws {
        let writer = WriterUnderTest()
        let personal = #""customerEmail":"maria@example.com","itemName":"Secret gift","userId":"U-4711""#
        try await writer.handle([Self.message("A", 0, personal)])
        writer.faults.plan { call in
            let item: AttributeMap = ["orderId": .s("A"), "customerEmail": .s("maria@example.com")]
            return .before(
                AWSError(
                    code: .conditionalCheckFailed,
                    message: "refused for maria@example.com",
                    operation: call.operation,
                    statusCode: 400,
                    item: item
                )
            )
        }
        let bodies = [Self.message("A", 1, personal), "{\"maria@example.com\":{\"Secret gift\" 1}}"]
        #expect(try await writer.handle(bodies) == ["m0", "m1"])
        let logged = writer.logged
        #expect(logged.contains("order not stored") && logged.contains("order message refused"))
        for secret in ["maria@", "Secret", "U-4711"] { #expect(!logged.contains(secret)) }
    }
}

/// Refuses the updates that a test names.
private struct RefusingDynamoDB: DynamoDBOperations {
    private let base: InMemoryDynamoDB
    private let refusal: @Sendable (UpdateItemInput) -> AWSError?

    init(_ base: InMemoryDynamoDB, refusal: @escaping @Sendable (UpdateItemInput) -> AWSError?) {
        self.base = base
        self.refusal = refusal
    }

    func updateItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError) {
        try await limit.retrying("DynamoDB.UpdateItem") { () async throws(AWSError) in
            if let error = self.refusal(input) { throw error }
            return try await self.base.updateItem(input, until: .attempts(before: limit.instant))
        }
    }

    func getItem(_ input: GetItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap? {
        try await self.base.getItem(input, until: limit)
    }

    func putItem(_ input: PutItemInput, until limit: CallLimit) async throws(AWSError) {
        try await self.base.putItem(input, until: limit)
    }

    func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        await self.base.insertItems(input, until: limit)
    }

    func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        await self.base.updateItems(input, until: limit)
    }

    func batchGetItem(_ input: BatchGetItemInput, until limit: CallLimit) async throws(AWSError) -> [AttributeMap] {
        try await self.base.batchGetItem(input, until: limit)
    }
}
