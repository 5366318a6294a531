internal import JSONText

/// Reads a refused request's answer, whatever its status.
///
/// An answer of 4xx or 5xx that cannot be read still gives an error, by its status.
struct ServiceErrorDecoder {
    let service: AWSService
    let operation: String
    /// Never repeated, whatever the service echoes.
    let credentials: AWSCredentials

    /// Bytes of a message that are kept.
    private static let longestMessage = 512
    /// Bytes of a code or an id; AWS's own have some 60.
    private static let longestName = 128

    /// What an error's body can hold.
    private struct Body {
        var code: String?
        var message: String?
        var requestID: String?
        var item: AttributeMap?
    }

    /// Whether the body of an answer of 2xx is an error document all the same.
    ///
    /// S3 sends one where it fails after the status line is out, and AWS's SDKs look for it in every answer that is no
    /// content ("Handling Amazon S3 200 errors", S3 user guide; botocore's `_handle_200_error`). A proxy or a service
    /// in between can do the same to any protocol.
    func isErrorDocument(_ response: HTTPResponse) -> Bool {
        if self.service.wireProtocol.hasXMLErrors {
            // Answers without any such text are not parsed twice.
            guard response.body.contains(text: "<Error"), let root = try? XMLElement(parsing: response.body)
            else { return false }
            return root.name == "Error" || root.name == "ErrorResponse"
        }
        // Without the first quotation mark, at each of which the search would stop.
        guard response.body.contains(text: "__type\""),
            let type = try? JSONReader.read(response.body, Self.readType)
        else { return false }
        return !Self.isOutput(Self.withoutNamespace(type))
    }

    func decode(_ response: HTTPResponse) -> AWSError {
        let body = self.body(of: response)
        let code = response.headers["x-amzn-ErrorType"] ?? body.code ?? self.name(ofStatus: response.statusCode)
        return AWSError(
            code: AWSError.Code(rawValue: self.presentable(Self.withoutNamespace(code), bytes: Self.longestName)),
            message: self.presentable(body.message ?? "", bytes: Self.longestMessage),
            operation: self.operation,
            statusCode: response.statusCode,
            requestID: (response.headers["x-amzn-RequestId"] ?? response.headers["x-amz-request-id"] ?? body.requestID)
                .map { self.presentable($0, bytes: Self.longestName) },
            mayHaveBeenApplied: response.statusCode >= 500 || response.isSuccess,
            item: body.item
        )
    }

    private func body(of response: HTTPResponse) -> Body {
        if response.body.isEmpty { return Body() }
        if self.service.wireProtocol.hasXMLErrors { return Self.readXML(response.body) }
        return (try? JSONReader.read(response.body, Self.readJSON)) ?? Body()
    }

    private static func readType(_ reader: inout JSONReader) throws -> String {
        try reader.readMember("__type") { try $0.readString() } ?? "Output"
    }

    /// Whether a `__type` names the shape of a success: in the service models each ends so, and no error does.
    private static func isOutput(_ type: String) -> Bool {
        type.hasSuffix("Output") || type.hasSuffix("Result") || type.hasSuffix("Response")
    }

    private static func readJSON(_ reader: inout JSONReader) throws -> Body {
        var body = Body()
        try reader.readObject { key, reader in
            switch key {
            case "__type", "code", "Code": body.code = try reader.readOptionalString()
            case "message", "Message": body.message = try reader.readOptionalString()
            case "Item": body.item = try AttributeValue.readItem(&reader)
            default: try reader.skip()
            }
        }
        return body
    }

    /// `<Error>` by itself (S3) or inside `<ErrorResponse>` (query services).
    private static func readXML(_ bytes: [UInt8]) -> Body {
        guard let root = try? XMLElement(parsing: bytes) else { return Body() }
        let error = root.name == "Error" ? root : root["Error"]
        return Body(
            code: error?["Code"]?.text,
            message: error?["Message"]?.text,
            requestID: root["RequestId"]?.text ?? root["RequestID"]?.text
        )
    }

    /// `com.amazonaws.dynamodb.v20120810#ValidationException:http://…` → `ValidationException`.
    private static func withoutNamespace(_ code: String) -> String {
        // By bytes: going character by character costs as much as the rest of reading an error.
        guard let qualified = code.utf8.split(separator: UInt8(ascii: "#")).last,
            let name = qualified.split(separator: UInt8(ascii: ":")).first
        else { return "" }
        return String(Substring(name))
    }

    private func name(ofStatus status: Int) -> String {
        if let own = self.service.bodilessErrors.first(where: { $0.statusCode == status }) { return own.code.rawValue }
        return switch status {
        case 400: "BadRequest"
        case 403: AWSError.Code.accessDenied.rawValue
        case 404: AWSError.Code.notFound.rawValue
        case 429: "TooManyRequestsException"
        case 500: "InternalServerError"
        case 502: "BadGateway"
        case 503: "ServiceUnavailable"
        case 504: "GatewayTimeout"
        default: "HTTP\(status)"
        }
    }

    /// A refused signature is explained with the canonical request, session token included: only its first line is
    /// kept.
    ///
    /// Whatever remains of the credentials is masked.
    private func presentable(_ message: String, bytes limit: Int) -> String {
        // Nearly every message is one line of ASCII, of which no byte has to be looked at as a character.
        let isPlain = message.utf8.allSatisfy { (0x20...0x7E).contains($0) }
        var text = isPlain ? message : String(message.prefix { !$0.isNewline })
        for secret in [self.credentials.secretAccessKey, self.credentials.sessionToken, self.credentials.accessKeyID] {
            guard let secret, secret.utf8.count >= 8 else { continue }
            while let range = text.firstOccurrence(of: secret) { text.replaceSubrange(range, with: "***") }
        }
        guard text.utf8.count > limit else { return text }
        // Whole words: half of an address could no longer be told from other text.
        let start = text.utf8.prefix(limit)
        let end = start.lastIndex { $0 == UInt8(ascii: " ") } ?? start.startIndex
        return String(decoding: start[..<end], as: UTF8.self) + "… (cut)"
    }
}
