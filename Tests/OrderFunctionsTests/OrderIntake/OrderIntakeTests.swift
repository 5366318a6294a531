import AWSClient
import Foundation
import JSONText
import OrderFunctions
import Orders
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct OrderIntakeTests {
    private let intake: IntakeUnderTest
    private static let problem = "application/problem+json"

    init() throws {
        self.intake = try IntakeUnderTest()
    }

    @Test func `an order is answered with its ids and its place, and its event is in the stream`() async throws {
        let answer = try await self.intake.send(.order(#"{"OrderId":"O-1","TotalAmount":250.5}"#))
        #expect(answer.status == 202)
        #expect(answer.headers["content-type"] == "application/json")
        #expect(answer["OrderId"] == "O-1")
        #expect(answer["ShardId"] == "shardId-000000000000")
        #expect(answer["SequenceNumber"] == "1")
        let event = self.intake.events[0]
        #expect(event["MessageId"] as? String == answer["MessageId"])
        #expect(event["CorrelationId"] as? String == answer["CorrelationId"])
        #expect(answer.headers["x-correlation-id"] == answer["CorrelationId"])
        #expect(event["PartitionKey"] as? String == "O-1")
        #expect(self.intake.stream.stored[0].partitionKey == "O-1")
        #expect((event["Payload"] as? [String: Any])?["OrderId"] as? String == "O-1")
    }

    @Test func `an order without an id gets one, which is its partition key`() async throws {
        let answer = try await self.intake.send(.order(#"{"TotalAmount":1}"#))
        let id = try #require(answer["OrderId"])
        #expect(UUID(uuidString: id) != nil)
        #expect(self.intake.stream.stored[0].partitionKey == id)
    }

    @Test func `the sample of the documentation is taken`() async throws {
        #expect(try await self.intake.send(sampleEvent("httpapi-order")).status == 202)
        #expect(
            try await self.intake.send(sampleEvent("httpapi-batch-with-refused-order")).statuses == [202, 422, 202]
        )
        #expect(self.intake.stream.stored.map(\.partitionKey) == ["O-1001", "O-1004", "O-1006"])
        #expect(
            self.intake.events.map { $0["CorrelationId"] as? String }.suffix(2) == [
                "nightly-import-7", "nightly-import-7",
            ]
        )
    }

    // MARK: Repetitions

    @Test func `a repetition under the same key is the same event`() async throws {
        var request = IntakeUnderTest.Request.order(#"{"TotalAmount":1}"#, ["idempotency-key": "k"])
        let first = try await self.intake.send(request)
        request.headers["idempotency-key"] = "\"k\""
        request.caller = "AROA1:another-session"
        let second = try await self.intake.send(request)
        for id in ["OrderId", "MessageId", "CorrelationId"] { #expect(first[id] == second[id]) }
        request.caller = "AROA2:session"
        let another = try await self.intake.send(request)
        #expect(another["MessageId"] != first["MessageId"])
        #expect(another["OrderId"] != first["OrderId"])
    }

    /// A UUID of version 7 of that instant.
    private static func key(of instant: UTCInstant) -> String {
        let digits = String(instant.millisecondsSince1970, radix: 16)
        let time = String(repeating: "0", count: 12 - digits.count) + digits
        return "\(time.prefix(8))-\(time.suffix(4))-7cc3-98c4-dc0c0c07398f"
    }

    /// What the event says of its time after the order was posted under the key.
    private func occurred(_ key: String) async throws -> String? {
        _ = try await self.intake.send(.order(#"{"TotalAmount":1}"#, ["idempotency-key": key]))
        return self.intake.events.last?["OccurredUtc"] as? String
    }

    @Test func `a repetition under a UUID of version 7 happened when the first one did`() async throws {
        let made = self.intake.time.now + .milliseconds(-1_234)
        let key = Self.key(of: made)
        #expect(try await self.occurred(key) == Timestamp(made).text)
        self.intake.time.advance(by: .seconds(3_600))
        #expect(try await self.occurred(key) == Timestamp(made).text)
        #expect(Set(self.intake.events.map { $0["MessageId"] as? String }).count == 1)
        #expect(try await self.occurred(key.uppercased()) == Timestamp(made).text)
    }

    @Test func `an instant that no order of now can have is not taken from a key`() async throws {
        let now = self.intake.time.now
        #expect(
            try await self.occurred(Self.key(of: now + .seconds(-86_400))) == Timestamp(now + .seconds(-86_400)).text
        )
        for seconds in [-86_401, 86_400, -now.secondsSince1970] {
            let other = now + .seconds(seconds)
            #expect(try await self.occurred(Self.key(of: other)) == Timestamp(now).text)
        }
        for key in [
            "ffffffff-ffff-7fff-bfff-ffffffffffff", "8e03978e-40d5-43dd-bc93-6894a57f9324",
            "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f", "k",
        ] {
            #expect(try await self.occurred(key) == Timestamp(now).text)
        }
    }

    @Test func `without a key each request is a new order`() async throws {
        let request = IntakeUnderTest.Request.order(#"{"TotalAmount":1}"#)
        let ids = [try await self.intake.send(request)["MessageId"], try await self.intake.send(request)["MessageId"]]
        #expect(ids[0] != ids[1])
    }

    @Test(arguments: [
        (["x-correlation-id": "mine"], "mine"),
        (
            ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
            "0af7651916cd43dd8448eb211c80319c"
        ),
        (
            ["x-correlation-id": "mine", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
            "mine"
        ),
        (
            ["traceparent": "cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x"],
            "0af7651916cd43dd8448eb211c80319c"
        ),
    ])
    func `what the client calls its request is the correlation id`(headers: [String: String], id: String) async throws {
        let answer = try await self.intake.send(.order(#"{"TotalAmount":1}"#, headers))
        #expect(answer["CorrelationId"] == id)
        #expect(self.intake.events[0]["CorrelationId"] as? String == id)
        #expect(self.intake.log.text.contains(id))
    }

    @Test(arguments: [true, false]) func `the stream is called in the client's trace`(isTraced: Bool) async throws {
        let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        let stream = TracedKinesis()
        let intake = try IntakeUnderTest(through: stream)
        let own = TraceContext(ofInvocation: "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8")
        _ = try await TraceContext.$current.withValue(own) {
            try await intake.send(.order(#"{"TotalAmount":1}"#, isTraced ? ["traceparent": parent] : [:]))
        }
        let trace = try #require(stream.traces.first ?? nil)
        #expect(trace.traceParent == (isTraced ? parent : own?.traceParent))
        #expect(trace.xRayHeader == own?.xRayHeader)
    }

    @Test func `without lines for orders a request is counted, and its order is not named`() async throws {
        let quiet = try IntakeUnderTest(orderLog: "none")
        for intake in [self.intake, quiet] {
            #expect(try await intake.send(.order(#"{"OrderId":"A-17","TotalAmount":1}"#)).status == 202)
        }
        #expect(self.intake.log.text.contains("A-17") && !quiet.log.text.contains("A-17"))
        #expect(quiet.log.text.contains(#""message":"orders taken""#))
        #expect(quiet.log.text.contains(#""accepted":1,"refused":0"#))
    }

    @Test(arguments: [
        "", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331",
        "00-00000000000000000000000000000000-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01",
        "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-x",
        "00_0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    ])
    func `a malformed traceparent is ignored`(value: String) async throws {
        let answer = try await self.intake.send(.order(#"{"TotalAmount":1}"#, ["traceparent": value]))
        #expect(answer.status == 202)
        #expect(UUID(uuidString: try #require(answer["CorrelationId"])) != nil)
    }

    // MARK: Refusals

    @Test func `an invalid order is told all that is wrong, and nothing is sent`() async throws {
        let answer = try await self.intake.send(.order(#"{"TotalAmount":"x","Currency":"E","currency":"EUR"}"#))
        #expect(answer.status == 422)
        #expect(answer.headers["content-type"] == Self.problem)
        #expect(answer.errors == ["/TotalAmount", "/Currency", "/currency"])
        #expect(answer.body["status"] as? Int == 422)
        #expect(answer["title"] == "Unprocessable Content")
        #expect(answer["instance"] == "urn:uuid:request")
        #expect(self.intake.stream.requests.isEmpty)
    }

    static let refusals: [(IntakeUnderTest.Request, Int, [String: String])] = [
        (.order("{"), 400, [:]), (.order(""), 400, [:]),
        (.order(#"{"TotalAmount":1}"#, ["idempotency-key": "a,b"]), 400, [:]),
        (.order(#"{"TotalAmount":1}"#, ["x-correlation-id": "a b"]), 400, [:]),
        (.order(#"{"TotalAmount":1}"#, ["x-correlation-id": "maria@example.com"]), 400, [:]),
        (.order("\"" + String(repeating: "n", count: 256 * 1_024) + "\""), 413, [:]),
        (.batch("[" + String(repeating: " ", count: 4 * 1_024 * 1_024) + "]"), 413, [:]),
        (.order("a=1", ["content-type": "application/x-www-form-urlencoded"]), 415, ["accept": "application/json"]),
        (.order("{}", ["content-type": "application/x-ndjson"]), 415, ["accept": "application/json"]),
        (.order("{}", ["content-type": "application/json; charset=latin1"]), 415, ["accept": "application/json"]),
        (.batch("{}", ["content-type": "text/csv"]), 415, ["accept": "application/json, application/x-ndjson"]),
        (.order("{}", ["content-encoding": "gzip"]), 415, ["accept-encoding": "identity"]),
        (.batch("{}"), 422, [:]), (.batch("[]"), 422, [:]),
        (.init(route: "$default", path: "/order"), 404, [:]), (.init(route: "$default", path: "/orders/"), 404, [:]),
        (.init(route: "$default", method: "GET"), 405, ["allow": "OPTIONS, POST"]),
        (.init(route: "$default", method: "DELETE", path: "/orders/batch"), 405, ["allow": "OPTIONS, POST"]),
    ]

    @Test(arguments: refusals)
    func `a request that cannot be taken is answered by a problem`(
        request: IntakeUnderTest.Request,
        status: Int,
        headers: [String: String]
    ) async throws {
        let answer = try await self.intake.send(request)
        #expect(answer.status == status)
        #expect(answer.headers["content-type"] == Self.problem)
        for (name, value) in headers { #expect(answer.headers[name] == value) }
        #expect(answer["type"] == "about:blank")
        #expect(answer.body["status"] as? Int == status)
        #expect(answer["detail"]?.isEmpty == false)
        #expect(self.intake.stream.requests.isEmpty)
    }

    @Test(arguments: [
        "00000000-0000-0000-0000-000000000000", #""00000000-0000-0000-0000-000000000000""#,
        "{00000000-0000-0000-0000-000000000000}", "00000000000000000000000000000000",
    ])
    func `the nil UUID is no key, since under it all requests would be one`(key: String) async throws {
        let answer = try await self.intake.send(.order(#"{"TotalAmount":1}"#, ["idempotency-key": key]))
        #expect(answer.status == 400)
        #expect(answer.errors == ["Idempotency-Key"])
        let detail = (answer.body["errors"] as? [[String: String]])?.first?["detail"]
        #expect(detail?.hasPrefix("the nil UUID") == true)
        #expect(self.intake.stream.requests.isEmpty)
        for other in ["00000000-0000-0000-0000-000000000001", "0000000000000000000000000000000", "0"] {
            let request = IntakeUnderTest.Request.order(#"{"TotalAmount":1}"#, ["idempotency-key": other])
            #expect(try await self.intake.send(request).status == 202)
        }
    }

    @Test func `without a content type nothing is taken, with parameters of it everything`() async throws {
        var request = IntakeUnderTest.Request.order(#"{"TotalAmount":1}"#)
        request.headers = [:]
        #expect(try await self.intake.send(request).status == 415)
        for type in [
            "Application/JSON ; charset=UTF-8", "application/json;charset=\"utf-8\"", "application/json;v=1",
            "application/json;charset=utf8",
        ] {
            request.headers = ["content-type": type]
            #expect(try await self.intake.send(request).status == 202)
        }
    }

    @Test func `a refusal has the client's name of the request, and its log line the members that are wrong`()
        async throws
    {
        let headers = ["x-correlation-id": "mine"]
        let answer = try await self.intake.send(.order(#"{"TotalAmount":-1,"Quantities":{"secret":0}}"#, headers))
        #expect(answer.headers["x-correlation-id"] == "mine")
        #expect(self.intake.log.text.contains(#""correlation_id":"mine""#))
        #expect(self.intake.log.text.contains(#""members":["TotalAmount","Quantities"]"#))
        #expect(!self.intake.log.text.contains("secret"))
        let malformed = try await self.intake.send(.order("{", headers))
        #expect(malformed.headers["x-correlation-id"] == "mine")
        #expect(self.intake.log.text.contains(#""reason":"not JSON"#))
        let trace = [
            "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "idempotency-key": "a,b",
        ]
        let other = try await self.intake.send(.order("{}", trace))
        #expect(other.headers["x-correlation-id"] == "0af7651916cd43dd8448eb211c80319c")
        #expect(self.intake.log.text.contains(#""members":["Idempotency-Key"]"#))
    }

    @Test func `a charset other than UTF-8 is what the refusal is about`() async throws {
        let answer = try await self.intake.send(.order("{}", ["content-type": "application/json;charset=latin1"]))
        #expect(answer["detail"]?.contains("charset") == true)
    }

    @Test func `a body that is no UTF-8 is no JSON`() async throws {
        let body = Array(#"{"TotalAmount":1,"Notes":""#.utf8) + [0xFF] + Array(#""}"#.utf8)
        let event = String(decoding: IntakeUnderTest.Request.order(Base64.encode(body)).event, as: UTF8.self)
            .replacing(#""body":"#, with: #""isBase64Encoded":true,"body":"#)
        let answer = try await self.intake.send(Array(event.utf8))
        #expect(answer.status == 400)
        #expect(self.intake.stream.requests.isEmpty)
    }

    @Test func `an id of any wrong length breaks one rule`() async throws {
        var details: [String?] = []
        for count in [129, 5_000] {
            let id = String(repeating: "x", count: count)
            let answer = try await self.intake.send(.order(#"{"TotalAmount":1,"OrderId":"\#(id)"}"#))
            details.append((answer.body["errors"] as? [[String: String]])?.first?["detail"])
        }
        #expect(Set(details).count == 1)
        #expect(details[0]?.contains("1 to 128 characters") == true)
    }

    @Test func `a preflight request is answered with what there is`() async throws {
        let answer = try await self.intake.send(.init(route: "OPTIONS /{proxy+}", method: "OPTIONS"))
        #expect(answer.status == 204)
        #expect(answer.headers["allow"] == "OPTIONS, POST")
    }

    @Test func `behind a custom domain the route decides, whatever the path`() async throws {
        var request = IntakeUnderTest.Request.order(#"{"TotalAmount":1}"#)
        request.path = "/shop/orders"
        #expect(try await self.intake.send(request).status == 202)
    }

    @Test func `neither order nor key is logged`() async throws {
        let order = #"{"OrderId":"O-1","UserId":"alice","TotalAmount":987654,"Notes":"secret"}"#
        _ = try await self.intake.send(.order(order, ["idempotency-key": "hidden"]))
        _ = try await self.intake.send(.order(#"{"TotalAmount":"secret","alice@example.com":1}"#))
        for text in ["alice", "987654", "secret", "hidden"] { #expect(!self.intake.log.text.contains(text)) }
        #expect(self.intake.log.text.contains("O-1"))
    }
}

/// A stream that notes in which traces it is called.
private final class TracedKinesis: KinesisWriting {
    private let noted = Mutex<[TraceContext?]>([])

    var traces: [TraceContext?] { self.noted.withLock { $0 } }

    func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult] {
        self.noted.withLock { $0.append(TraceContext.current) }
        return records.indices.map { .stored(shardID: "shardId-000000000000", sequenceNumber: "\($0 + 1)") }
    }
}
