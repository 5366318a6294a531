import AWSClient
import LambdaEvents
import OrderFunctions
import Platform
import TestSupport
import Testing

/// Orders of one batch: new ones are put together, and each is still an order of its own.
@Suite struct WriterBatchTests {
    private static func message(_ id: String, _ second: Int = 0, _ status: String = "new") -> String {
        #"{"orderId":"\#(id)","status":"\#(status)","timestamp":"2025-05-03T12:00:0\#(second)Z"}"#
    }

    private static func operations(_ writer: WriterUnderTest) -> [String] {
        writer.faults.calls.map { String($0.operation.trimmingPrefix("DynamoDB.")) }.sorted()
    }

    @Test(arguments: [(2, 1), (25, 1), (26, 2), (60, 3)])
    func `new orders are put 25 in a request`(orders: Int, requests: Int) async throws {
        let writer = WriterUnderTest()
        #expect(try await writer.handle((0..<orders).map { Self.message("O\($0)") }) == [])
        #expect(Self.operations(writer) == Array(repeating: "BatchExecuteStatement", count: requests))
        #expect(writer.table.items(of: "Orders").count == orders)
        #expect(writer.logged.contains(#""written":\#(orders),"unchanged":0"#))
    }

    @Test func `an order put with others is the same item as one put alone`() async throws {
        let (alone, together) = (WriterUnderTest(), WriterUnderTest())
        let message =
            #"{"orderId":"O","userId":"U","amount":1500.5,"customerEmail":"a@b.c","timestamp":"2025-05-03T12:00:00Z"}"#
        try await alone.handle([message])
        try await together.handle([message, Self.message("P")])
        #expect(alone.item() == together.item())
        #expect(alone.item() != nil)
    }

    @Test func `orders that are stored already are read together, and changed one by one`() async throws {
        let writer = WriterUnderTest()
        let ids = (0..<120).map { "O\($0)" }
        for id in ids { try await writer.handle([Self.message(id)]) }
        let before = writer.faults.calls.count
        let hooked = HookedDynamoDB(writer.table)
        #expect(try await writer.handle(ids.map { Self.message($0, 1, "pending") }, through: hooked) == [])
        let counts = Dictionary(grouping: writer.faults.calls.dropFirst(before), by: \.operation).mapValues(\.count)
        #expect(
            counts == [
                "DynamoDB.BatchExecuteStatement": 5, "DynamoDB.BatchGetItem": 2, "DynamoDB.UpdateItem": 120,
            ]
        )
        #expect(hooked.images.allSatisfy { $0["status"] == .s("pending") })
        #expect(hooked.images.allSatisfy { $0["createdAt"] == .s("2025-05-03T12:00:00Z") })
    }

    /// Swift takes the two spellings of `é` for one text; DynamoDB and producers do not.
    @Test(arguments: [["caf\u{e9}", "cafe\u{301}"], ["cafe\u{301}", "caf\u{e9}"]])
    func `orders whose ids look the same are stored each in its own row`(ids: [String]) async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.message(ids[0]), Self.message(ids[1]), Self.message(ids[1], 5, "shipped")])
        #expect(try await writer.handle([Self.message(ids[0], 3, "cancelled"), Self.message(ids[1], 1)]) == [])
        #expect(writer.item(ids[0])?["status"] == .s("cancelled"))
        #expect(writer.item(ids[1])?["status"] == .s("shipped"))
    }

    @Test func `of an order's messages only the first is put with other orders`() async throws {
        let writer = WriterUnderTest()
        let hooked = HookedDynamoDB(writer.table)
        let bodies = [
            Self.message("A", 2, "shipped"), Self.message("B"), Self.message("A", 1, "pending"), Self.message("A"),
        ]
        #expect(try await writer.handle(bodies, through: hooked) == [])
        let images = hooked.images.filter { $0["orderId"] == .s("A") }
        #expect(images.map { $0["status"]?.string } == ["new", "pending", "shipped"])
        #expect(Self.operations(writer) == ["BatchExecuteStatement", "UpdateItem", "UpdateItem"])
    }

    @Test func `a request that DynamoDB cannot take fails only the order that is why`() async throws {
        let writer = WriterUnderTest()
        writer.faults.plan { call in
            guard call.operation == "DynamoDB.BatchExecuteStatement" else { return .none }
            return .before(
                AWSError(code: .validation, message: "no", operation: call.operation, statusCode: 400)
            )
        }
        #expect(try await writer.handle((0..<30).map { Self.message("O\($0)") }) == [])
        #expect(writer.table.items(of: "Orders").count == 30)
    }

    /// DynamoDB answers with up to 16 MB of data, which quotation marks make twice as many bytes of JSON.
    @Test func `orders whose items are too much for one answer are stored one by one`() async throws {
        let writer = WriterUnderTest()
        for place in 0..<25 { try await writer.handle([Self.message("O\(place)")]) }
        writer.faults.plan { call in
            guard call.operation.contains("Batch") else { return .none }
            return .after(AWSError(code: .responseTooLarge, message: "too large", operation: call.operation))
        }
        #expect(try await writer.handle((0..<50).map { Self.message("O\($0)", 1, "pending") }) == [])
        let items = writer.table.items(of: "Orders")
        #expect(items.count == 50 && items.allSatisfy { $0["status"] == .s("pending") })
    }

    @Test(arguments: ["DynamoDB.BatchExecuteStatement", "DynamoDB.BatchGetItem"])
    func `a throttled request reports its orders, and others go on`(operation: String) async throws {
        let writer = WriterUnderTest()
        for place in 0..<25 { try await writer.handle([Self.message("O\(place)")]) }
        writer.faults.plan { call in
            guard call.operation == operation else { return .none }
            return .before(.throttled(call.operation))
        }
        let failed = try await writer.handle((0..<50).map { Self.message("O\($0)", 1, "pending") })
        #expect(failed.count == (operation == "DynamoDB.BatchGetItem" ? 25 : 50))
        let stored = writer.table.items(of: "Orders").count { $0["status"] == .s("pending") }
        #expect(stored == 50 - failed.count)
    }

    @Test func `a lost answer of a batch neither loses nor repeats a write`() async throws {
        let writer = WriterUnderTest()
        writer.faults.plan { $0.index == 0 ? .after(.lost($0.operation)) : .none }
        let hooked = HookedDynamoDB(writer.table)
        let bodies = [Self.message("A"), Self.message("B"), Self.message("A", 1, "pending")]
        #expect(try await writer.handle(bodies, through: hooked) == [])
        #expect(writer.item("A")?["status"] == .s("pending"))
        #expect(writer.item("B")?["status"] == .s("new"))
        #expect(hooked.images.map { $0["orderId"] } == [.s("A")], "only the change of A is written anew")
    }

    @Test func `an order deleted between the refusal and the reading is put again`() async throws {
        let writer = WriterUnderTest()
        try await writer.handle([Self.message("A")])
        let table = writer.table
        let hooked = HookedDynamoDB(table) { request in
            if request == 1 { table.remove(from: "Orders", "A") }
        }
        #expect(try await writer.handle([Self.message("A", 1, "pending"), Self.message("B")], through: hooked) == [])
        #expect(writer.item("A")?["createdAt"] == .s("2025-05-03T12:00:01Z"))
    }
}
