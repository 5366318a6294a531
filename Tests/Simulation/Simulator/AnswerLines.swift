internal import AWSClient
internal import Foundation
internal import SimulatedAWS
internal import Simulation

/// Answers requests that are lines of standard input, so that the model can be compared with another AWS: the tests of
/// `Tests/EndToEnd/test_simulation.py` send the same to both.
///
/// A line is `{"service","target","method","path","headers","body"}`, an answer `{"status","headers","body"}`.
enum AnswerLines {
    private struct Request: Decodable {
        let service: String
        let target: String?
        let method: String
        let path: String
        let headers: [String: String]
        let body: String
        /// Seconds since the model was made.
        let at: Double
    }

    private struct Answer: Encodable {
        let status: Int
        let headers: [String: String]
        let body: String
    }

    static func run() throws {
        var cloud = Cloud(
            tables: [
                DynamoDBTable("Analytics", keys: ["PK", "SK"]),
                DynamoDBTable("Orders", keys: ["orderId"], hasStream: true),
            ],
            queues: ["https://sqs.us-east-1.amazonaws.com/000000000000/letters"],
            topics: ["arn:aws:sns:us-east-1:000000000000:premium"],
            cache: ExpressionCache()
        )
        cloud.kinesis = SimulatedKinesis(streams: [KinesisStream("orders", shards: 3, offset: -40)])
        var stream = SimulatedTableStream(arn: TableEvents.streamARN, shards: 3)
        let encoder = JSONEncoder()
        while let line = readLine() {
            let request = try JSONDecoder().decode(Request.self, from: Data(line.utf8))
            let answer =
                request.target.flatMap { Self.operation($0, of: "DynamoDBStreams_20120810") }
                .map { Self.answer($0, request, &stream, of: cloud) } ?? Self.answer(request, &cloud)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
            fflush(nil)
        }
    }

    private static func operation(_ target: String, of service: String) -> String? {
        target.hasPrefix(service + ".") ? String(target.dropFirst(service.count + 1)) : nil
    }

    /// What the tests ask of the stream of the Orders table.
    private struct StreamQuestion: Decodable {
        let limit: Int?
        /// Of `EndShard`, which AWS does by itself and the model when it is told to: which open shard, and its children.
        let choice: Int?
        let children: Int?

        private enum CodingKeys: String, CodingKey {
            case limit = "Limit"
            case choice = "Choice"
            case children = "Children"
        }
    }

    private static func answer(
        _ operation: String,
        _ line: Request,
        _ stream: inout SimulatedTableStream,
        of cloud: Cloud
    ) -> Answer {
        let changes = cloud.dynamoDB["Orders"].changes
        // FNV-1a: any function spreads keys over shards.
        stream.take(changes) { key in
            key.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        }
        do {
            let question = try JSONDecoder().decode(StreamQuestion.self, from: Data(line.body.utf8))
            if operation == "EndShard", let choice = question.choice, let children = question.children {
                stream.endShard(choice, children: children)
                return Answer(status: 200, headers: [:], body: "{}")
            }
            let (body, _) = try stream.perform(
                operation,
                Array(line.body.utf8),
                at: Int64(line.at * 1e9),
                page: question.limit ?? 1_000,
                record: { TableEvents.streamText(of: changes[$0]) }
            )
            return Answer(status: 200, headers: [:], body: String(decoding: body, as: UTF8.self))
        } catch let error as ServiceError {
            let body = "{\"__type\":\"com.amazonaws.dynamodb.v20120810#\(error.code)\"}"
            return Answer(status: error.status, headers: [:], body: body)
        } catch {
            return Answer(status: 400, headers: [:], body: "{\"__type\":\"SerializationException\"}")
        }
    }

    private static func answer(_ line: Request, _ cloud: inout Cloud) -> Answer {
        var request = HTTPRequest(
            method: HTTPRequest.Method(rawValue: line.method) ?? .post,
            endpoint: Endpoint(host: "\(line.service).eu-central-1.amazonaws.com"),
            path: line.path,
            body: Array(line.body.utf8)
        )
        for (name, value) in line.headers.sorted(by: { $0.key < $1.key }) { request.headers.append(name, value) }
        request.headers["X-Amz-Target"] = line.target
        guard let call = ServiceCall(request) else { return Answer(status: 404, headers: [:], body: "no such service") }
        let answer = cloud.answer(call, at: Int64(line.at * 1e9))
        var headers: [String: String] = [:]
        for field in answer.headers.fields { headers[field.name.lowercased()] = field.value }
        return Answer(status: answer.statusCode, headers: headers, body: String(decoding: answer.body, as: UTF8.self))
    }
}
