package import JSONText

/// One request to an HTTP API of API Gateway, in payload format 2.0.
package struct HTTPAPIEvent: Sendable {
    /// As in the API's routes: `POST /orders`; `$default` where no other route matched.
    package let routeKey: String
    /// In capitals.
    package let method: String
    /// Without the stage's name, percent-escapes decoded.
    package let path: String
    /// By name in lower case; of a repeated one the values, joined by commas.
    package let headers: [String: String]
    /// Decoded where it came as base64, as anything but text does.
    package let body: [UInt8]
    /// Who sent it, as far as the route's authorizer found out.
    package let caller: HTTPAPICaller

    /// Reads the event's bytes.
    ///
    /// Throws an `EventError` where they are no such request: whoever invokes the function is then another service.
    package static func read(_ event: [UInt8], limits: JSONLimits = .standard) throws(EventError) -> HTTPAPIEvent {
        try RecordEnvelope.readText(event, limits: limits, source: "HTTP API") { reader in
            let fields = try HTTPAPIFields(&reader)
            guard fields.version == "2.0", let context = fields.context, let method = context.method else {
                throw EventError(
                    .notAnEnvelope,
                    "not a request of an HTTP API in payload format 2.0; set the integration's PayloadFormatVersion to 2.0"
                )
            }
            guard let body = fields.decodedBody else {
                throw EventError(.malformed, "the body of the request is not the base64 that the event calls it")
            }
            return HTTPAPIEvent(
                routeKey: context.routeKey ?? fields.routeKey,
                method: method,
                path: Self.path(fields.rawPath, withoutStage: context.stage),
                headers: fields.headers,
                body: body,
                caller: context.caller
            )
        }
    }

    /// The path as the API's routes have it: a stage other than `$default` is its first part.
    private static func path(_ path: String, withoutStage stage: String?) -> String {
        guard let stage, stage != "$default", path.utf8.starts(with: "/\(stage)/".utf8) else { return path }
        return String(decoding: path.utf8.dropFirst(1 + stage.utf8.count), as: UTF8.self)
    }
}

/// The members of the event that mean something here.
private struct HTTPAPIFields {
    var version = ""
    var routeKey = ""
    var rawPath = ""
    var headers: [String: String] = [:]
    var body: [UInt8] = []
    var isBase64Encoded = false
    var context: HTTPAPIContext?

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "version": self.version = try reader.readString()
            case "routeKey": self.routeKey = try reader.readString()
            case "rawPath": self.rawPath = try reader.readString()
            case "headers":
                try reader.readObject { name, reader in
                    self.headers[name.string.asciiLowercased] = try reader.readString()
                }
            case "body": self.body = try reader.readNull() ? [] : reader.readStringToken().utf8
            case "isBase64Encoded": self.isBase64Encoded = try reader.readBool()
            case "requestContext": self.context = try HTTPAPIContext(&reader)
            default: try reader.skip()
            }
        }
    }

    var decodedBody: [UInt8]? { self.isBase64Encoded ? Base64.decode(self.body) : self.body }
}

private struct HTTPAPIContext {
    var routeKey: String?
    var stage: String?
    var method: String?
    var caller = HTTPAPICaller.anyone

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "routeKey": self.routeKey = try reader.readString()
            case "stage": self.stage = try reader.readString()
            case "http":
                try reader.readObject { key, reader in
                    guard key == "method" else {
                        try reader.skip()
                        return
                    }
                    self.method = try reader.readString()
                }
            case "authorizer": self.caller = try HTTPAPICaller(&reader)
            default: try reader.skip()
            }
        }
    }
}
