package import AWSClient
package import AWSOperations
package import Foundation
internal import JSONText
internal import LambdaRuntime
package import Platform
internal import Synchronization

/// One answer of AWS, as `orders doctor --record` keeps it: fixtures of what the services really say.
package struct RecordedAnswer: Codable, Sendable, Equatable {
    /// By botocore's names: `dynamodb.GetItem`.
    package var operation: String
    /// The answer's status.
    package var status: Int
    /// Those that say what the body is, and an object's tag, without which S3's answer is none: others differ with every
    /// answer, or with what is replaced in the body.
    package var headers: [String: String]
    /// The body as text.
    package var body: String

    /// An answer that was recorded.
    package init(operation: String, status: Int, headers: [String: String], body: String) {
        self.operation = operation
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The answer as a transport gives it.
    package var response: HTTPResponse {
        var response = HTTPResponse(statusCode: self.status, body: Array(self.body.utf8))
        for (name, value) in self.headers { response.headers[name] = value }
        return response
    }
}

/// Passes requests on, and keeps the answers until they are written.
///
/// They are written at the end, when the account's number is known that they must not show.
package final class AnswerRecorder: HTTPTransport {
    private let transport: any HTTPTransport
    /// What the transport's connections agreed on.
    package let connections: TLSConnectionLog
    private let answers = Mutex<[RecordedAnswer]>([])

    /// A recorder of what `transport` answers, over connections that have this log.
    package init(_ transport: any HTTPTransport, connections: TLSConnectionLog = TLSConnectionLog()) {
        self.transport = transport
        self.connections = connections
    }

    /// The answer of the recorder's transport.
    package func send(
        _ request: HTTPRequest,
        deadline: UTCInstant?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let response = try await self.transport.send(request, deadline: deadline)
        let answer = RecordedAnswer(
            operation: Self.operation(of: request),
            status: response.statusCode,
            headers: Self.headers(of: response),
            body: String(decoding: response.body, as: UTF8.self)
        )
        self.answers.withLock { $0.append(answer) }
        return response
    }

    /// Writes a file for each different answer, and gives how many; what the connections agreed on is in one file beside them.
    ///
    /// What belongs to the account or to a customer is replaced.
    package func write(to folder: URL, accountID: String) throws -> Int {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        var written: [RecordedAnswer] = []
        for answer in self.answers.withLock({ $0 }) {
            let answer = answer.withoutPersonalDetails(accountID: accountID)
            guard !written.contains(answer) else { continue }
            written.append(answer)
            let number = String(format: "%03d", written.count)
            let file = folder.appendingPathComponent("\(number)-\(answer.operation).json")
            try encoder.encode(answer).write(to: file)
        }
        try RecordedConnection.write(self.connections.all, to: folder, accountID: accountID, encoder)
        return written.count
    }

    private static func headers(of response: HTTPResponse) -> [String: String] {
        let kept: Set<String> = ["content-type", "etag", "x-amzn-errortype"]
        var headers: [String: String] = [:]
        for field in response.headers.fields where kept.contains(field.name.lowercased()) {
            headers[field.name.lowercased()] = field.value
        }
        return headers
    }

    /// By the signature's scope and the header, the form or the path that names the operation.
    private static func operation(of request: HTTPRequest) -> String {
        let scope = request.headers["Authorization"]?.split(separator: "/") ?? []
        let service = scope.count > 3 ? String(scope[3]) : "unknown"
        if let target = request.headers["X-Amz-Target"] {
            let name = target.split(separator: ".").last.map(String.init) ?? "unknown"
            switch service {
            case "monitoring": return "cloudwatch.\(name)"
            case "dynamodb" where target.hasPrefix("DynamoDBStreams"): return "dynamodbstreams.\(name)"
            default: return "\(service).\(name)"
            }
        }
        let form = String(decoding: request.body.prefix(200), as: UTF8.self).split(separator: "&")
        if let action = form.first(where: { $0.hasPrefix("Action=") }) { return "\(service).\(action.dropFirst(7))" }
        let path = request.path
        switch service {
        case "lambda" where path.hasSuffix("/configuration"): return "lambda.GetFunctionConfiguration"
        case "lambda" where path.contains("/event-source-mappings/"): return "lambda.GetEventSourceMapping"
        case "lambda" where path.hasSuffix("/account-settings"): return "lambda.GetAccountSettings"
        case "pipes": return "pipes.DescribePipe"
        case "s3" where request.query.contains(where: { $0.name == "list-type" }): return "s3.ListObjectsV2"
        case "s3": return "s3.\(self.objectOperation(request.method))"
        default: return "\(service).\(request.method.rawValue)"
        }
    }

    private static func objectOperation(_ method: HTTPRequest.Method) -> String {
        switch method {
        case .get, .post: "GetObject"
        case .head: "HeadObject"
        case .put: "PutObject"
        case .delete: "DeleteObject"
        }
    }
}

extension RecordedAnswer {
    /// The account's number becomes AWS's example account, addresses and card numbers are masked as in logs, and contents
    /// are removed.
    package func withoutPersonalDetails(accountID: String) -> RecordedAnswer {
        var answer = self
        if self.operation == "s3.GetObject" {
            answer.body = ""
        } else if self.operation == "dynamodbstreams.GetRecords", let body = try? Self.changesOfProbes(in: self.body) {
            answer.body = PersonalData.masked(body)
        } else {
            // What producers and customers wrote: records of streams, messages of queues, lines of logs.
            let contents = #/"(Data|Body|message|PartitionKey|ReceiptHandle)"(\s*:\s*)"(?:[^"\\]|\\.)*"/#
            // `cmVtb3ZlZA==` is `removed` in Base64, as which a record's data has to be readable.
            answer.body = answer.body.replacing(contents) { found in
                // What a Pipe puts into its dead-letter queue points to records, and has none.
                let isPointer = found.output.0.contains("DDBStreamBatchInfo")
                return isPointer
                    ? String(found.output.0) : #""\#(found.output.1)"\#(found.output.2)"cmVtb3ZlZA==""#
            }
            answer.body = PersonalData.masked(answer.body)
        }
        answer.body = Self.withoutAccount(answer.body, accountID)
        return answer
    }

    /// The number of AWS's examples in the place of the account's.
    ///
    /// As a number of its own: the digits may also be a part of a shard's id or of a sequence number.
    static func withoutAccount(_ text: String, _ accountID: String) -> String {
        guard !accountID.isEmpty, let number = try? Regex("(^|[^0-9-])\(accountID)(?![0-9])") else { return text }
        return text.replacing(number) { "\($0.output[1].substring ?? "")123456789012" }
    }

    /// An answer of a table's stream with the records of probes alone: those of customers' orders are left out.
    private static func changesOfProbes(in body: String) throws -> String {
        try JSONReader.read(Array(body.utf8)) { reader in
            var writer = JSONWriter()
            var members: [(key: String, text: [UInt8])] = []
            var records: [[UInt8]] = []
            try reader.readObject { key, reader in
                guard key == "Records" else {
                    members.append((key.string, Array(reader.slice(try reader.skip()))))
                    return
                }
                try reader.readArray { _, reader in
                    let record = Array(reader.slice(try reader.skip()))
                    if TableChange(recorded: record)?.orderID.text.hasPrefix(ProbeOrder.idPrefix) == true {
                        records.append(record)
                    }
                }
            }
            writer.object { writer in
                writer.key("Records")
                writer.array { writer in for record in records { writer.raw(record) } }
                for member in members {
                    writer.key(member.key)
                    writer.raw(member.text)
                }
            }
            return String(decoding: writer.bytes, as: UTF8.self)
        }
    }
}
