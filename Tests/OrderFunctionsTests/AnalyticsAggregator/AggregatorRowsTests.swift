import AWSClient
import OrderFunctions
import Orders
import TestSupport
import Testing

/// Rows are added to together, and made together; what nothing is known of is read first.
@Suite struct AggregatorRowsTests {
    private static func records(_ numbers: Range<Int>, products: Int = 8, shardID: String? = nil) -> [StreamedRecord] {
        numbers.map { number in
            let text = orderEvent("M\(number)", amount: "2.50", products: [("P\(number % products)", 1)])
            var record = StreamedRecord(number, text)
            if let shardID { record.shardID = shardID }
            return record
        }
    }

    private static let statements = "DynamoDB.BatchExecuteStatement"
    private static let update = "DynamoDB.UpdateItem"
    private static let read = "DynamoDB.BatchGetItem"

    @Test(arguments: [(8, 1, 1), (48, 2, 1), (300, 13, 4)])
    func `rows are made, and updated, up to 25 in a request`(products: Int, requests: Int, reads: Int) async throws {
        let fixture = try AggregatorFixture(.shard)
        #expect(try await fixture.deliver(Self.records(0..<300, products: products)).isEmpty)
        #expect(fixture.requests == [Self.read: reads, Self.statements: requests, "DynamoDB.PutItem": 1])
        fixture.faults.plan()
        #expect(try await fixture.deliver(Self.records(300..<600, products: products)).isEmpty)
        #expect(fixture.requests == [Self.statements: requests, "DynamoDB.PutItem": 1])
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "1500", "Count": "600"])
        #expect(fixture.row("PRODUCT#2025-08-27", "P7")?["Units"] == "\((592 + products) / products)")
    }

    @Test func `a new process reads which rows are there, once, and updates them together`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        let other = try AggregatorFixture(.shard, sharing: fixture)
        fixture.faults.plan()
        #expect(try await other.deliver(Self.records(8..<24, products: 12)).isEmpty)
        // Ten rows that are there, and four new ones.
        #expect(fixture.requests == [Self.read: 1, Self.statements: 2, "DynamoDB.PutItem": 1])
        fixture.faults.plan()
        #expect(try await other.deliver(Self.records(24..<40, products: 12)).isEmpty)
        #expect(fixture.requests == [Self.statements: 1, "DynamoDB.PutItem": 1])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "40")
    }

    @Test func `two rows that nothing is known of are not read`() async throws {
        let fixture = try AggregatorFixture(.shard)
        let short = StreamedRecord(0, #"{"customer_id":"c","amount":2}"#)
        #expect(try await fixture.deliver([short]).isEmpty)
        #expect(fixture.requests == [Self.update: 2, "DynamoDB.PutItem": 1])
    }

    @Test func `rows that cannot be read now are updated one by one`() async throws {
        let fixture = try AggregatorFixture(.shard)
        fixture.faults.plan { call in call.operation == Self.read ? .before(.throttled(call.operation)) : .none }
        #expect(try await fixture.deliver(Self.records(0..<8)).isEmpty)
        #expect(fixture.requests == [Self.read: 1, Self.update: 10, "DynamoDB.PutItem": 1])
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "8")
    }

    @Test func `a row that is made by another invocation after it was read is added to`() async throws {
        let fixture = try AggregatorFixture(.shard)
        // The other one counts the first four records once this one has read that no row is there.
        let late = try AggregatorFixture(.shard, sharing: fixture) { request in
            if request == 1 { #expect(await (try? fixture.deliver(Self.records(0..<4))) == []) }
        }
        #expect(try await late.deliver(Self.records(0..<8)).isEmpty)
        // Of the late one's ten rows six were there when it wanted to make them, which two of them had more to get.
        #expect(fixture.requests[Self.update] == 8)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "20", "Count": "8"])
        #expect((0..<8).allSatisfy { fixture.row("PRODUCT#2025-08-27", "P\($0)")?["Units"] == "1" })
    }

    @Test func `rows that were made in a request whose answer was lost are counted once`() async throws {
        let fixture = try AggregatorFixture(.shard)
        fixture.faults.plan { call in
            call.operation == Self.statements && call.index == 0 ? .after(.lost(call.operation)) : .none
        }
        #expect(try await fixture.deliver(Self.records(0..<8)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "20", "Count": "8"])
        #expect(try fixture.logs.lastLine()["counted"] == "8")
    }

    @Test func `a row that another shard counted first goes alone once`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        for (numbers, requests) in [(8..<16, [Self.read: 1, Self.update: 10]), (16..<24, [Self.statements: 1])] {
            fixture.faults.plan()
            try await fixture.deliver(Self.records(numbers, shardID: "shardId-000000000001"))
            #expect(fixture.requests == requests.merging(["DynamoDB.PutItem": 1]) { $1 })
        }
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "24")
    }

    @Test func `a row that is gone, or lacks a counter, gets an update of its own`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        fixture.dynamoDB.remove(from: "Analytics", "PRODUCT#2025-08-27", "P3")
        var total = try #require(fixture.dynamoDB.item(of: "Analytics", "ORDERS#2025-08-27", "TOTAL"))
        total["SuccessfulOrders"] = nil
        fixture.dynamoDB.seed("Analytics", total)
        fixture.faults.plan()
        #expect(try await fixture.deliver(Self.records(8..<16)).isEmpty)
        #expect(fixture.requests == [Self.statements: 1, Self.update: 2, "DynamoDB.PutItem": 1])
        #expect(fixture.row("PRODUCT#2025-08-27", "P3")?["Units"] == "1")
        #expect(fixture.row("PRODUCT#2025-08-27", "P4")?["Units"] == "2")
        #expect(fixture.row("ORDERS#2025-08-27", "TOTAL") == ["TotalOrders": "16", "SuccessfulOrders": "8"])
    }

    @Test func `a known row that another shard has made anew is added to`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        fixture.dynamoDB.remove(from: "Analytics", "PRODUCT#2025-08-27", "P3")
        try await fixture.deliver(Self.records(8..<16, shardID: "shardId-000000000001"))
        #expect(try await fixture.deliver(Self.records(16..<24)).isEmpty)
        #expect(fixture.row("PRODUCT#2025-08-27", "P3")?["Units"] == "2")
        #expect(fixture.row("REVENUE#2025-08-27", "USD")?["Count"] == "24")
    }

    @Test func `a row of another format stops the shard there`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        var row = try #require(fixture.dynamoDB.item(of: "Analytics", "PRODUCT#2025-08-27", "P3"))
        row["format"] = .n("3")
        fixture.dynamoDB.seed("Analytics", row)
        let records = Self.records(8..<16)
        #expect(try await fixture.deliver(records) == [records[3].sequenceNumber])
        #expect(fixture.row("PRODUCT#2025-08-27", "P3")?["Units"] == "1")
    }

    @Test func `a delivery whose answers were lost is counted once, and said to be counted`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        fixture.faults.plan { call in
            call.operation == Self.statements && call.index == 0 ? .after(.lost(call.operation)) : .none
        }
        #expect(try await fixture.deliver(Self.records(8..<16)).isEmpty)
        #expect(fixture.requests == [Self.statements: 2, "DynamoDB.PutItem": 1])
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "40", "Count": "16"])
        #expect(try fixture.logs.lastLine()["counted"] == "8")
        fixture.faults.plan()
        #expect(try await fixture.deliver(Self.records(8..<16)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "40", "Count": "16"])
        #expect(try fixture.logs.lastLine()["duplicates"] == "8")
    }

    @Test func `a batch that another invocation has counted in part is counted up to its end`() async throws {
        let fixture = try AggregatorFixture(.shard)
        try await fixture.deliver(Self.records(0..<8))
        let other = try AggregatorFixture(.shard, sharing: fixture)
        try await other.deliver(Self.records(8..<12))
        fixture.faults.plan()
        #expect(try await fixture.deliver(Self.records(8..<16)).isEmpty)
        #expect(fixture.row("REVENUE#2025-08-27", "USD") == ["Value": "40", "Count": "16"])
        #expect((0..<8).allSatisfy { fixture.row("PRODUCT#2025-08-27", "P\($0)")?["Units"] == "2" })
    }

    @Test func `what a process knows of rows is bounded, and forgotten as a whole`() throws {
        let day = try #require(Timestamp("2025-08-27T18:08:00Z")).day
        func key(_ number: Int) throws -> CounterKey {
            .product(day, try #require(Identifier("P\(number)")), .usd)
        }
        let known = KnownRows(limit: 3)
        known.insert([try key(1), try key(2)], position: "at:a:0")
        known.insert([try key(1)], position: "at:a:1")
        known.insert([try key(2)], position: "at:a:0")
        #expect(known.rows(with: "at:a:0").count == 2 && known.rows(with: "at:a:1").count == 1)
        known.insert([try key(2)], position: "at:a:1")
        #expect(known.rows(with: "at:a:0").isEmpty && known.rows(with: "at:a:1").isEmpty)
    }
}
