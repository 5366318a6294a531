import AWSClient
import Foundation
import JSONText
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport

/// The intake in front of a stream in memory.
struct IntakeUnderTest: Sendable {
    let time = ManualTime()
    let stream: RecordingKinesis
    let log = CapturedLog()
    private let intake: OrderIntake

    init(
        seed: UInt64 = 1,
        orderLog: String = "all",
        through kinesis: (any KinesisWriting)? = nil,
        refuses: @escaping @Sendable (KinesisPutRecord) -> Bool = { _ in false }
    ) throws {
        self.stream = RecordingKinesis(refuses: refuses)
        self.intake = try OrderIntake(
            environment: ["ORDER_STREAM": "orders", "ORDER_LOG": orderLog],
            services: .inMemory(kinesis: kinesis ?? self.stream, time: self.time, seed: seed)
        )
    }

    /// A request as a test writes it.
    struct Request: Sendable {
        var route = "POST /orders"
        var method = "POST"
        var path = "/orders"
        var headers = ["content-type": "application/json"]
        var body = ""
        var caller = "AROA1:session"

        static func order(_ body: String, _ headers: [String: String] = [:]) -> Request {
            Request(headers: ["content-type": "application/json"].merging(headers) { $1 }, body: body)
        }

        static func batch(_ body: String, _ headers: [String: String] = [:]) -> Request {
            var request = self.order(body, headers)
            request.route = "POST /orders/batch"
            request.path = "/orders/batch"
            return request
        }

        var event: [UInt8] {
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("version", "2.0")
                writer.member("rawPath", self.path)
                writer.key("headers")
                writer.object { writer in for (name, value) in self.headers { writer.member(name, value) } }
                writer.key("requestContext")
                writer.object { writer in
                    writer.member("routeKey", self.route)
                    writer.member("stage", "$default")
                    writer.key("http")
                    writer.object { $0.member("method", self.method) }
                    writer.key("authorizer")
                    writer.object { writer in
                        writer.key("iam")
                        writer.object { $0.member("userId", self.caller) }
                    }
                }
                writer.member("body", self.body)
            }
            return writer.bytes
        }
    }

    /// An answer, read by a JSON decoder that is not ours.
    struct Response {
        let status: Int
        let headers: [String: String]
        let body: [String: Any]

        subscript(_ name: String) -> String? { self.body[name] as? String }

        var orders: [[String: Any]] { self.body["orders"] as? [[String: Any]] ?? [] }
        var statuses: [Int] { self.orders.compactMap { $0["status"] as? Int } }
        /// Pointers and headers that are wrong.
        var errors: [String] {
            (self.body["errors"] as? [[String: Any]] ?? []).compactMap { ($0["pointer"] ?? $0["header"]) as? String }
        }
    }

    func send(_ request: Request, timeLeft: Duration = .seconds(10)) async throws -> Response {
        try await self.send(request.event, timeLeft: timeLeft)
    }

    func send(_ event: [UInt8], timeLeft: Duration = .seconds(10)) async throws -> Response {
        let context = self.log.context(deadline: self.time.now + timeLeft)
        let answer = try await self.intake.handle(event, context: context)
        let json = try JSONSerialization.jsonObject(with: Data(answer)) as? [String: Any] ?? [:]
        let body = Data((json["body"] as? String ?? "").utf8)
        return Response(
            status: json["statusCode"] as? Int ?? 0,
            headers: json["headers"] as? [String: String] ?? [:],
            body: body.isEmpty ? [:] : try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
        )
    }

    /// The events that are in the stream.
    var events: [[String: Any]] {
        self.stream.stored.map { record in
            (try? JSONSerialization.jsonObject(with: Data(record.data))) as? [String: Any] ?? [:]
        }
    }
}
