package import AWSClient
internal import JSONText

/// Why a service refuses a request, in the words of its protocol.
package struct ServiceError: Error, Sendable {
    package let status: Int
    package let code: String
    package let message: String
    /// Members of the answer's object beside the code and the message: an item.
    package let members: [UInt8]

    package init(_ status: Int, _ code: String, _ message: String, members: [UInt8] = []) {
        self.status = status
        self.code = code
        self.message = message
        self.members = members
    }
}

/// The protocols that the services answer in.
package enum WireForm: Sendable {
    /// DynamoDB, SQS and Kinesis; the prefix stands before an error's code.
    case json(prefix: String)
    /// SNS.
    case query
    /// S3.
    case rest(hasBody: Bool)

    /// The answer that refuses a request.
    package func answer(_ error: ServiceError) -> HTTPResponse {
        switch self {
        case .json(let prefix):
            var writer = JSONWriter()
            writer.object { writer in
                writer.member("__type", prefix + error.code)
                writer.member("message", error.message)
            }
            var body = writer.bytes
            if !error.members.isEmpty {
                body.removeLast()
                body += [UInt8(ascii: ",")] + error.members + [UInt8(ascii: "}")]
            }
            return HTTPResponse(statusCode: error.status, headers: Self.jsonHeaders, body: body)
        case .query:
            let text =
                "<ErrorResponse><Error><Code>\(error.code)</Code><Message>\(error.message)</Message></Error></ErrorResponse>"
            return HTTPResponse(statusCode: error.status, headers: ["Content-Type": "text/xml"], body: Array(text.utf8))
        case .rest(let hasBody):
            let text = "<Error><Code>\(error.code)</Code><Message>\(error.message)</Message></Error>"
            let body = hasBody ? Array(text.utf8) : []
            return HTTPResponse(statusCode: error.status, headers: ["Content-Type": "application/xml"], body: body)
        }
    }

    /// The answer to a request of a JSON protocol that was carried out.
    package static func success(_ body: [UInt8] = Array("{}".utf8)) -> HTTPResponse {
        HTTPResponse(statusCode: 200, headers: self.jsonHeaders, body: body)
    }

    private static let jsonHeaders: HTTPHeaders = ["Content-Type": "application/x-amz-json-1.0"]
}
