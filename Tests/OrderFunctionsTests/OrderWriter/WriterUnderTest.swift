import AWSClient
import JSONText
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// The real handler in front of an in-memory table.
struct WriterUnderTest {
    let faults = FaultInjector()
    let table: InMemoryDynamoDB
    let time = ManualTime()
    let log = CapturedLog()

    init() {
        self.table = InMemoryDynamoDB(keys: ["Orders": ["orderId"]], faults: self.faults)
    }

    /// One invocation of a writer of its own; the answer's failures.
    @discardableResult
    func handle(
        _ event: [UInt8],
        through dynamoDB: (any DynamoDBOperations)? = nil,
        deadline: Duration? = nil
    ) async throws -> [String] {
        let context = self.log.context(deadline: deadline.map { self.time.now + $0 })
        let answer = try await self.writer(dynamoDB ?? self.table).handle(event, context: context)
        return try Answer(answer).failed
    }

    /// An invocation with these bodies, whose message ids are `m0`, `m1`, ….
    @discardableResult
    func handle(
        _ bodies: [String],
        through dynamoDB: (any DynamoDBOperations)? = nil,
        deadline: Duration? = nil
    ) async throws -> [String] {
        try await self.handle(Self.event(bodies), through: dynamoDB, deadline: deadline)
    }

    /// What was logged.
    var logged: String { self.log.text }

    func item(_ id: String = "O") -> AttributeMap? {
        self.table.item(of: "Orders", id)
    }

    private func writer(_ dynamoDB: any DynamoDBOperations) throws -> OrderWriter {
        try OrderWriter(
            environment: Environment([
                "ORDERS_TABLE": "Orders", "NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000",
            ]),
            services: .inMemory(dynamoDB: dynamoDB, time: self.time)
        )
    }

    /// An SQS event; an id of nil leaves the member out.
    static func event(_ bodies: [String], ids: [String?]? = nil) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("Records")
            writer.array { writer in
                for (index, body) in bodies.enumerated() {
                    writer.object { writer in
                        if let id = ids.map({ $0[index] }) ?? "m\(index)" { writer.member("messageId", id) }
                        writer.member("body", body)
                        writer.member("eventSource", "aws:sqs")
                    }
                }
            }
        }
        return writer.bytes
    }
}
