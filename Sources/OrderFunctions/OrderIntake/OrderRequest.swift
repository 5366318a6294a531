internal import JSONText
internal import LambdaEvents
internal import Orders
internal import Platform

/// What a request asks for, as far as its head tells.
enum OrderRequest {
    /// What is posted to which route.
    enum Route {
        case order
        case orders(PostedOrders.Form)
    }

    /// What the headers of a request say.
    struct Head {
        let route: Route
        let key: IdempotencyKey?
        /// What the client calls the request, if it does.
        let correlationID: String?
    }

    /// Characters of a correlation id.
    static let maximumCorrelationIDLength = 128
    private static let methods = "OPTIONS, POST"

    /// Throws the `Problem` that is answered where the request's head is not as it must be.
    static func head(of event: HTTPAPIEvent) throws(Problem) -> Head {
        let isBatch = try self.isBatch(event)
        guard event.method == "POST" else {
            var problem = Problem(405, "orders are posted: send a POST")
            problem.headers.append(("allow", self.methods))
            throw problem
        }
        let route = try self.route(event, isBatch: isBatch)
        return Head(route: route, key: try self.key(event), correlationID: try self.correlationID(event))
    }

    /// The answer to `OPTIONS`, which asks what there is.
    static var options: HTTPAPIResponse { HTTPAPIResponse(status: 204, headers: [("allow", self.methods)]) }

    private static func isBatch(_ event: HTTPAPIEvent) throws(Problem) -> Bool {
        // Behind a custom domain the path has the mapping's key before it, the route's key never.
        switch (event.routeKey, event.path) {
        case ("POST /orders", _), (_, "/orders"): return false
        case ("POST /orders/batch", _), (_, "/orders/batch"): return true
        default: throw Problem(404, "there are POST /orders and POST /orders/batch")
        }
    }

    private static func route(_ event: HTTPAPIEvent, isBatch: Bool) throws(Problem) -> Route {
        let accepted = isBatch ? "application/json, application/x-ndjson" : "application/json"
        var problem = Problem(415, "the Content-Type is one of: \(accepted)")
        problem.headers.append(("accept", accepted))
        if let coding = event.headers["content-encoding"], coding.asciiLowercased != "identity" {
            problem = Problem(415, "the body is sent as it is, without Content-Encoding")
            problem.headers.append(("accept-encoding", "identity"))
            throw problem
        }
        guard let type = event.headers["content-type"].map({ MediaType($0) }) else { throw problem }
        guard type.isUTF8 else {
            problem = Problem(415, "the body's charset is UTF-8, which JSON needs no parameter for")
            problem.headers.append(("accept", accepted))
            throw problem
        }
        switch (type.essence, isBatch) {
        case ("application/json", false): return .order
        case ("application/json", true): return .orders(.array)
        case ("application/x-ndjson", true): return .orders(.lines)
        default: throw problem
        }
    }

    private static func key(_ event: HTTPAPIEvent) throws(Problem) -> IdempotencyKey? {
        guard let value = event.headers["idempotency-key"] else { return nil }
        guard let key = IdempotencyKey(value) else {
            throw self.problem(
                "Idempotency-Key",
                "a key is 1 to \(IdempotencyKey.maximumLength) visible ASCII characters without comma and quotes, or a "
                    + "string in quotes (RFC 9651)"
            )
        }
        // Under it all requests of a caller would be repetitions of the first one.
        guard !key.isNilUUID else {
            throw self.problem(
                "Idempotency-Key",
                "the nil UUID, which is every request's that was given none; send a key of the request's own, or none"
            )
        }
        return key
    }

    private static func correlationID(_ event: HTTPAPIEvent) throws(Problem) -> String? {
        if let value = event.headers["x-correlation-id"], !self.isCorrelationID(value) {
            throw self.problem(
                "X-Correlation-Id",
                "a correlation id is 1 to \(self.maximumCorrelationIDLength) visible ASCII characters without @"
            )
        }
        return self.givenCorrelationID(event)
    }

    /// `X-Correlation-Id`, else the trace id of `traceparent` (W3C Trace Context); malformed values are ignored.
    static func givenCorrelationID(_ event: HTTPAPIEvent) -> String? {
        if let value = event.headers["x-correlation-id"], self.isCorrelationID(value) { return value }
        return event.headers["traceparent"].flatMap { TraceContext.traceID(ofTraceParent: $0) }
    }

    /// It is logged, so that it must not be an address.
    private static func isCorrelationID(_ value: String) -> Bool {
        (1...self.maximumCorrelationIDLength).contains(value.utf8.count)
            && value.utf8.allSatisfy { 0x21...0x7E ~= $0 && $0 != UInt8(ascii: "@") }
    }

    private static func problem(_ header: String, _ detail: String) -> Problem {
        var problem = Problem(400, "the header \(header) is not as it must be; correct it and send it again")
        problem.header = Problem.HeaderFault(name: header, detail: detail)
        return problem
    }
}

/// A `Content-Type`.
private struct MediaType {
    /// Without parameters, in lower case.
    let essence: String
    /// Whether the text is in UTF-8, which JSON without a charset is.
    let isUTF8: Bool

    init(_ value: String) {
        let parts = value.asciiLowercased.utf8.split(separator: UInt8(ascii: ";")).map(Self.trimmed)
        self.essence = parts.first ?? ""
        let charset = parts.dropFirst().first { $0.utf8.starts(with: "charset=".utf8) }
        // `utf8` is no name that IANA has, and common all the same.
        let names = ["utf-8", "utf8", "\"utf-8\"", "\"utf8\""]
        self.isUTF8 = charset.map { names.contains(String($0.dropFirst("charset=".utf8.count))) } ?? true
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        var text = text.drop { $0 == 0x20 || $0 == 0x09 }
        while text.last == 0x20 || text.last == 0x09 { text.removeLast() }
        return String(decoding: text, as: UTF8.self)
    }
}
