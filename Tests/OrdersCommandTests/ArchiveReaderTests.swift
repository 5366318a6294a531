import AWSClient
import AWSOperations
import ArchiveAccounts
import JSONText
import OrderFunctions
import Orders
import OrdersCommand
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct ArchiveReaderTests {
    private static let one = Fixtures.orderID("O-1")

    private static func gzip(_ text: String) -> [UInt8] {
        var compressor = Gzip.Compressor()
        compressor.append(Array(text.utf8))
        return compressor.finish()
    }

    private static func lines(of bytes: [UInt8]) throws -> [String] {
        var lines: [String] = []
        try GzipLines.forEach(in: bytes) { lines.append(String(decoding: $0, as: UTF8.self)) }
        return lines
    }

    @Test func `every line of an object comes, over pieces, members and a missing last newline`() throws {
        let long = String(repeating: "x", count: 700_000)
        #expect(try Self.lines(of: Self.gzip("a\n\(long)\n\nb")) == ["a", long, "", "b"])
        #expect(try Self.lines(of: Self.gzip("a\nb") + Self.gzip("c\nd\n")) == ["a", "bc", "d"])
        #expect(try Self.lines(of: Self.gzip("")).isEmpty)
    }

    @Test func `what is no gzip, or is cut off, is damaged`() {
        let whole = Self.gzip(String(repeating: "line\n", count: 1_000))
        for bytes in [Array("no gzip".utf8), Array(whole.dropLast(9)), [], whole + [1]] {
            #expect(throws: GzipLines.Failure.damaged) { try GzipLines.forEach(in: bytes) { _ in } }
        }
    }

    private static let accepted = """
        {"format":1,"rules":1,"shardId":"shardId-0","sequenceNumber":"17","partitionKey":"k",\
        "arrivedAt":"2025-08-27T18:08:01.5Z","record":{"a":[1, 2]},"order":{"verdict":"accepted","eventId":"m-1",\
        "orderId":"O-1","day":"2025-08-27","currency":"EUR","amount":"250.5",\
        "products":[{"productId":"P1","quantity":2}]}}
        """
    private static let refused = """
        {"format":1,"rules":1,"shardId":"shardId-0","sequenceNumber":"18","arrivedAt":"2025-08-27T18:08:01.52Z",\
        "unparsed":"eyJvcmRlcklkIjoiTy0xIg==","order":{"verdict":"refused","reason":"no JSON"}}
        """

    @Test func `a line gives its record and what was understood of it`() throws {
        let record = try #require(ArchivedRecord(Array(Self.accepted.utf8)[...], key: "k", line: 3))
        #expect(record.place == "shardId-0:17")
        #expect(record.orderID == Self.one)
        #expect(record.products.map { "\($0.quantity) of \($0.id)" } == ["2 of P1"])
        #expect(String(decoding: record.content, as: UTF8.self) == #"{"a":[1, 2]}"#)
        let other = try #require(ArchivedRecord(Array(Self.refused.utf8)[...], key: "k", line: 4))
        #expect(String(decoding: other.content, as: UTF8.self) == #"{"orderId":"O-1""#)
        for text in ["", "{}", "[]", #"{"sequenceNumber":"1"}"#, "{\"order\":{\"verdict\":1}}"] {
            #expect(ArchivedRecord(Array(text.utf8)[...], key: "k", line: 1) == nil)
        }
    }

    @Test func `a refused record that is compressed gives its text, and its bytes where it is damaged`() throws {
        let text = #"{"orderId":"O-1""#
        let whole = Self.gzip(text)
        let damaged = Array(whole.dropLast(9))
        for (bytes, content) in [(whole, Array(text.utf8)), (damaged, damaged)] {
            let line = Self.refused.replacing("eyJvcmRlcklkIjoiTy0xIg==", with: Base64.encode(bytes))
            let record = try #require(ArchivedRecord(Array(line.utf8)[...], key: "k", line: 4))
            #expect(record.content == content)
        }
    }

    @Test func `the deepest record that the archiver takes as JSON is read back`() throws {
        let depth = QueryableText.maximumDepth
        let deepest = String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        #expect(QueryableText.holds(Array(deepest.utf8)) && !QueryableText.holds(Array("[\(deepest)]".utf8)))
        let line = Self.accepted.replacing(#"{"a":[1, 2]}"#, with: deepest)
        let record = try #require(ArchivedRecord(Array(line.utf8)[...], key: "k", line: 1))
        #expect(String(decoding: record.content, as: UTF8.self) == deepest)
    }

    private static func listing(_ keys: [String]) -> ScriptedTransport.Step {
        .xml(
            200,
            "<ListBucketResult>" + keys.map { "<Contents><Key>\($0)</Key></Contents>" }.joined() + "</ListBucketResult>"
        )
    }

    private static func object(_ text: String) -> ScriptedTransport.Step {
        .answer(HTTPResponse(statusCode: 200, headers: ["ETag": "\"1\""], body: Self.gzip(text)))
    }

    private static func search(
        _ ids: Set<OrderID>,
        _ steps: [ScriptedTransport.Step],
        below prefixes: [String] = ["a/"],
        limits: ArchiveReader.Limits = .init()
    ) async throws -> ArchiveReader.Found {
        let time = ManualTime()
        let session = try AWSSession.scripted(ScriptedTransport(steps), time: time)
        let reader = ArchiveReader(s3: S3Client(session: session), bucket: "archive", time: time)
        return try await reader.search(for: ids, below: prefixes, limits: limits)
    }

    @Test func `an order's records are found by its id, and what was refused by a mention, oldest first`() async throws
    {
        let other = Self.accepted.replacing("O-1", with: "O-10")
        let steps = [Self.listing(["a/1"]), Self.object([Self.refused, other, Self.accepted].joined(separator: "\n"))]
        let found = try await Self.search([Self.one], steps)
        #expect(found.records[Self.one]?.map(\.verdict) == ["accepted", "refused"])
        #expect(found.records[Self.one]?.map(\.line) == [3, 1])
        #expect(found.objects == 1)
        #expect(found.unreadable.isEmpty)
        #expect(found.stoppedAt == nil)
    }

    @Test func `of orders whose ids are canonically equivalent each has its own records`() async throws {
        let texts = Fixtures.equivalentTexts
        let ids = texts.map(Fixtures.orderID)
        let record = #"{"orderId":"\#(texts[1])"}"#
        let refused = #"{"shardId":"s","sequenceNumber":"18","record":\#(record),"order":{"verdict":"refused"}}"#
        let lines = texts.map { Self.accepted.replacing("O-1", with: $0) } + [refused]
        let steps = [Self.listing(["a/1"]), Self.object(lines.joined(separator: "\n"))]
        let both = try await Self.search(Set(ids), steps)
        #expect(both.records.mapValues { $0.map(\.line) } == [ids[0]: [1], ids[1]: [2, 3]])
        let first = try await Self.search([ids[0]], steps)
        #expect(first.records.mapValues { $0.map(\.line) } == [ids[0]: [1]])
    }

    @Test func `a record that stands in two objects is found once, and its parts are records of their own`()
        async throws
    {
        let parts = [0, 1].map { part in
            Self.accepted.replacing(
                #""sequenceNumber":"17""#,
                with: #""sequenceNumber":"17","subSequenceNumber":\#(part)"#
            )
        }
        let objects = [[Self.accepted] + parts, parts + [Self.refused]].map { Self.object($0.joined(separator: "\n")) }
        let found = try await Self.search([Self.one], [Self.listing(["a/1", "a/2"])] + objects)
        let places = found.records[Self.one]?.map(\.place).sorted()
        #expect(places == ["shardId-0:17", "shardId-0:17:0", "shardId-0:17:1", "shardId-0:18"])
    }

    @Test func `an event of another type is no order's, whatever it mentions`() async throws {
        let skipped = """
            {"format":1,"rules":1,"shardId":"shardId-0","sequenceNumber":"19","record":{"orderId":"O-1"},\
            "order":{"verdict":"skipped"}}
            """
        let found = try await Self.search([Self.one], [Self.listing(["a/1"]), Self.object(skipped)])
        #expect(found.objects == 1)
        #expect(found.unreadable.isEmpty)
        #expect(found.records.isEmpty)
    }

    @Test func `many ids are found as few are`() async throws {
        let ids = Set((0..<100).map { Fixtures.orderID("O-\($0)") })
        let found = try await Self.search(
            ids,
            [Self.listing(["a/1"]), Self.object(Self.accepted + "\n" + Self.refused)]
        )
        #expect(found.records.mapValues(\.count) == [Self.one: 2])
    }

    @Test func `a search ends at its limit and says where`() async throws {
        let steps = [Self.listing(["a/1"]), Self.object(Self.accepted), Self.listing(["b/1"])]
        let found = try await Self.search([Self.one], steps, below: ["a/", "b/"], limits: .init(objects: 1))
        #expect(found.stoppedAt == "b/")
        #expect(found.records[Self.one]?.count == 1)
    }

    /// What it has found is in order then, too.
    @Test func `a search that ends at its limit finds a record of two objects once, and what is oldest first`()
        async throws
    {
        let object = Self.object([Self.refused, Self.accepted].joined(separator: "\n"))
        let steps = [Self.listing(["a/1", "a/2"]), object, object, Self.listing(["b/1"])]
        let found = try await Self.search([Self.one], steps, below: ["a/", "b/"], limits: .init(objects: 2))
        #expect(found.stoppedAt == "b/")
        #expect(found.records[Self.one]?.map(\.place) == ["shardId-0:17", "shardId-0:18"])
    }

    @Test func `a damaged object is named and the others are searched`() async throws {
        let damaged = ScriptedTransport.Step.answer(
            HTTPResponse(statusCode: 200, headers: ["ETag": "\"1\""], body: Array("no gzip".utf8))
        )
        let missing = ScriptedTransport.Step.xml(404, "<Error><Code>NoSuchKey</Code></Error>")
        let foreign = Self.object("{\"orderId\":\"O-1\"}\n" + Self.accepted)
        let steps = [Self.listing(["a/1", "a/2", "a/3"]), damaged, missing, foreign]
        let found = try await Self.search([Self.one], steps)
        #expect(found.unreadable.count == 3, "\(found.unreadable)")
        #expect(found.records[Self.one]?.count == 1)
    }

    @Test func `a bucket that may not be read ends the search`() async throws {
        let denied = ScriptedTransport.Step.xml(403, "<Error><Code>AccessDenied</Code></Error>")
        await #expect(throws: AWSError.self) { try await Self.search([Self.one], [Self.listing(["a/1"]), denied]) }
    }

    @Test func `the hours of a window are searched latest first, and the one before them`() {
        let from = UTCInstant(secondsSince1970: 1_756_335_600)
        let window = HourWindow(from: from, to: from + .seconds(3_700))
        #expect(
            window.archivePrefixes == [
                "orders/dt=2025-08-28/hour=00/", "orders/dt=2025-08-27/hour=23/", "orders/dt=2025-08-27/hour=22/",
            ]
        )
        #expect(HourWindow(from: from, to: from + .seconds(1)).archivePrefixes.count == 2)
    }

    /// 2020-01-01 to 2025-08-27, of which July 2025 has one object.
    @Test func `years, months and days without objects are one request each`() async throws {
        let window = HourWindow(
            from: UTCInstant(secondsSince1970: 1_577_836_800),
            to: UTCInstant(secondsSince1970: 1_756_252_800)
        )
        let july = Set(["orders/dt=2025", "orders/dt=2025-07", "orders/dt=2025-07-10/"])
        let hour = "orders/dt=2025-07-10/hour=07/"
        let transport = ArchiveStub { query in
            guard let prefix = query["prefix"] else { return Self.object(Self.accepted) }
            let hasKeys = query["max-keys"] == nil ? prefix == hour : july.contains(prefix)
            return Self.listing(hasKeys ? [hour + "1"] : [])
        }
        let time = ManualTime()
        let session = AWSSession(
            configuration: try .example(),
            transport: transport,
            time: time,
            random: SeededRandom(seed: 1)
        )
        let reader = ArchiveReader(s3: S3Client(session: session), bucket: "archive", time: time)
        #expect(window.archivePrefixes.count > 49_000)
        let found = try await reader.search(for: [Self.one], below: window.archivePrefixes, limits: .init())
        #expect(found.records[Self.one]?.count == 1)
        #expect(transport.count < 100, "\(transport.count) requests")
    }

    /// Answers by a request's query.
    private final class ArchiveStub: HTTPTransport {
        private let requests = Mutex(0)
        private let answer: @Sendable ([String: String]) -> ScriptedTransport.Step

        init(_ answer: @escaping @Sendable ([String: String]) -> ScriptedTransport.Step) {
            self.answer = answer
        }

        var count: Int { self.requests.withLock { $0 } }

        func send(
            _ request: HTTPRequest,
            deadline: UTCInstant?
        ) async throws(HTTPTransportError) -> HTTPResponse {
            self.requests.withLock { $0 += 1 }
            let query = Dictionary(request.query.map { ($0.name, $0.value) }) { $1 }
            guard case .answer(let response) = self.answer(query) else {
                throw HTTPTransportError(.misconfigured, "no answer", wasSent: false)
            }
            return response
        }
    }

    @Test(arguments: [
        (#"{"a":"17"}"#, ["17"]), (#"{"a":17}"#, ["17"]), (#"{"a":[17,2]}"#, ["17"]), (#"{"a":170}"#, []),
        (#"{"a":117}"#, []), (#"{"a":"é\n"}"#, ["é\n"]), (#"{"a":"x17"}"#, []), ("17", ["17"]), ("", []),
        (#"{"a":1.17}"#, []), (#"{"a":17.5}"#, []),
    ])
    func `a mention is a whole string or a whole number`(text: String, ids: [String]) {
        let mention = OrderMention(of: ["17", "é\n"].map(Fixtures.orderID))
        #expect(mention.ids(in: Array(text.utf8)).map(\.text) == ids)
    }

    @Test(arguments: [
        (#"{"a":"2025\/17"}"#, ["2025/17"]), (#"{"a":"caf\u00e9"}"#, ["caf\u{e9}"]),
        (#"{"a":"\u0063af\u00E9","b":"2025\u002f17"}"#, ["2025/17", "caf\u{e9}"]), (#"{"2025\/17":1}"#, ["2025/17"]),
        (#"{"a":"x\"2025\/17"}"#, []), (#"{"a":"2025\/170"}"#, []), (#"{"a":"cafe\u0301"}"#, []),
        (#"{"a":"2025\\/17"}"#, []), (#"{"a":"2025\/17"#, []), (#"no JSON " but "2025\/17""#, ["2025/17"]),
    ])
    func `a mention may be escaped otherwise than JSON needs`(text: String, ids: [String]) {
        let mention = OrderMention(of: ["2025/17", "caf\u{e9}"].map(Fixtures.orderID))
        #expect(mention.ids(in: Array(text.utf8)) == ids.map(Fixtures.orderID))
    }
}
