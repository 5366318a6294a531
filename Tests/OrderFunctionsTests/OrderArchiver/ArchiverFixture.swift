import AWSClient
import JSONText
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// The archiver in front of services in memory.
struct ArchiverFixture: Sendable {
    let faults = FaultInjector()
    let time = ManualTime()
    let dynamoDB: InMemoryDynamoDB
    let s3: InMemoryS3
    let archiver: OrderArchiver
    let logs = CapturedLog()

    /// `sharing`: a process beside that one, in front of its tables and bucket; `decoder` stands in for that of the
    /// configuration.
    init(seed: UInt64 = 1, sharing other: ArchiverFixture? = nil, decoder: OrderRecordDecoder? = nil) throws {
        self.dynamoDB =
            other?.dynamoDB
            ?? InMemoryDynamoDB(
                keys: ["Orders": ["orderId"], "Checkpoints": ["checkpoint"]],
                faults: self.faults
            )
        self.s3 = other?.s3 ?? InMemoryS3(faults: self.faults)
        let environment = Environment([
            "ARCHIVE_BUCKET": "archive", "ORDERS_TABLE": "Orders", "CHECKPOINTS_TABLE": "Checkpoints",
            "NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000",
        ])
        let services = AWSServices.inMemory(dynamoDB: self.dynamoDB, s3: self.s3, time: self.time, seed: seed)
        guard let decoder else {
            self.archiver = try OrderArchiver(environment: environment, services: services)
            return
        }
        self.archiver = OrderArchiver(
            archive: Archive(bucket: "archive", services: services),
            orders: OrdersTable(name: "Orders", bands: try environment.amountBands(), services: services),
            checkpoints: CheckpointsTable(name: "Checkpoints", function: OrderArchiver.name, services: services),
            decoder: decoder,
            services: services
        )
    }

    /// Delivers the records; gives the sequence numbers that are reported.
    @discardableResult
    func deliver(_ records: some Sequence<StreamedRecord>, timeLeft: Duration = .seconds(60)) async throws -> [String] {
        let context = self.logs.context(deadline: self.time.now + timeLeft)
        return try Answer(await self.archiver.handle(StreamedRecord.event(records), context: context)).failed
    }

    /// Delivers the records as to the next process.
    func deliverToNewProcess(_ records: some Sequence<StreamedRecord>) async throws -> [String] {
        let context = self.logs.context(deadline: self.time.now + .seconds(60), coldStart: true)
        return try Answer(await self.archiver.handle(StreamedRecord.event(records), context: context)).failed
    }

    /// The names of all objects, in the order of their records.
    var keys: [String] {
        self.s3.contents.keys.sorted { Self.number($0) < Self.number($1) }
    }

    /// The lines of the whole archive, in the stream's order.
    var lines: [String] {
        get throws {
            try self.keys.flatMap { key in
                let content = String(decoding: try gunzip(self.s3.contents[key]?.body ?? []), as: UTF8.self)
                try #require(content.hasSuffix("\n"))
                return content.dropLast().split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
            }
        }
    }

    /// The lines, read back.
    var archived: [ArchivedLine] {
        get throws { try self.lines.map { try ArchivedLine($0) } }
    }

    /// What producers sent, as far as the archive has it as text, in the stream's order.
    var payloads: [String] {
        get throws { try self.archived.map { String(decoding: $0.payload ?? [], as: UTF8.self) } }
    }

    var checkpoint: String? {
        self.dynamoDB.item(of: "Checkpoints", "OrderArchiver#orders#shardId-000000000000")?["sequenceNumber"]?.string
    }

    private static func number(_ key: String) -> String {
        String(key.split(separator: "-").last?.prefix { $0 != "." } ?? "")
    }
}

/// A line of the archive, read back.
struct ArchivedLine {
    /// The members by name, as JSON texts, strings decoded.
    let members: [String: String]
    /// The names in the line's order.
    let names: [String]
    /// The members of `order`, the same way.
    let order: [String: String]

    init(_ line: String) throws {
        (self.names, self.members) = try Self.members(of: line)
        self.order = try Self.members(of: try #require(self.members["order"])).members
    }

    /// What the producer sent.
    var payload: [UInt8]? {
        if let data = self.members["data"] ?? self.members["unparsed"] { return Base64.decode(Array(data.utf8)) }
        return self.members["record"].map { Array($0.utf8) }
    }

    subscript(name: String) -> String? { self.members[name] }

    private static func members(of text: String) throws -> (names: [String], members: [String: String]) {
        var members: [String: String] = [:]
        var names: [String] = []
        try JSONReader.read(Array(text.utf8), limits: JSONLimits(depth: 2_000)) { reader in
            try reader.readObject { key, reader in
                let name = key.string
                names.append(name)
                // The payload as it stands in the line, white space around it included.
                let start = reader.offset
                if try reader.peek() == .string, name != "record" {
                    members[name] = try reader.readString()
                } else {
                    members[name] = String(
                        decoding: reader.slice(start..<(try reader.skip()).upperBound),
                        as: UTF8.self
                    )
                }
            }
        }
        return (names, members)
    }
}
