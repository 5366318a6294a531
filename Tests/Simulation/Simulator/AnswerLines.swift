internal import AWSClient
internal import Foundation
internal import SimulatedAWS

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
        let encoder = JSONEncoder()
        while let line = readLine() {
            let request = try JSONDecoder().decode(Request.self, from: Data(line.utf8))
            let answer = Self.answer(request, &cloud)
            print(String(decoding: try encoder.encode(answer), as: UTF8.self))
            fflush(nil)
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
