internal import JSONText
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders

/// A refusal as RFC 9457 has it, `application/problem+json`.
struct Problem: Error, Sendable {
    /// A header that is wrong.
    struct HeaderFault: Sendable {
        let name: String
        let detail: String
    }

    let status: Int
    let detail: String
    /// What is wrong with the posted document.
    var offences = OrderOffences()
    var header: HeaderFault?
    /// For the answer.
    var headers: [(name: String, value: String)] = []

    /// The media type, and what each answer with it has besides.
    private static let contentType = (name: "content-type", value: "application/problem+json")

    init(_ status: Int, _ detail: String) {
        self.status = status
        self.detail = detail
    }

    /// What is wrong with a posted document, or one order of it.
    init(_ fault: PostedOrders.Fault) {
        switch fault {
        case .malformed(let offence):
            self.init(400, "the body is not what its Content-Type says; correct it and send it again")
            self.offences.add(offence)
        case .invalid(let offences):
            let one = "a member is not as it must be; correct it and send it again"
            let many = "\(offences.count) members are not as they must be; correct them and send it again"
            self.init(422, offences.count == 1 ? one : many)
            self.offences = offences
        case .tooLarge(let detail):
            self.init(413, detail)
        }
    }

    /// The stream takes no more for now, and has not taken this.
    static func throttled(hasKey: Bool) -> Problem {
        let again = hasKey ? "send it again with the same Idempotency-Key" : "send it again"
        return Problem(429, "the order stream takes no more for now; \(again)").comingAgain
    }

    /// The stream cannot be reached, or fails.
    static func unavailable(hasKey: Bool) -> Problem {
        let again =
            hasKey
            ? "send it again with the same Idempotency-Key"
            : "without an Idempotency-Key it would be a second order when it is sent again"
        return Problem(
            503,
            "the order stream does not answer as it should, and may have taken the order; \(again)"
        ).comingAgain
    }

    /// Seconds after which it may be sent again.
    private static let retryAfterSeconds = 1

    private var comingAgain: Problem {
        var problem = self
        problem.headers.append(("retry-after", "\(Self.retryAfterSeconds)"))
        return problem
    }

    /// The same with the id in a header by which the client finds the request in its own log.
    func naming(correlationID: String?) -> Problem {
        guard let correlationID else { return self }
        var problem = self
        problem.headers.append(("x-correlation-id", correlationID))
        return problem
    }

    /// One line about a request that is refused as a whole.
    ///
    /// It names members that an order has, and no name that is the client's own.
    func log(to logger: Logger, correlationID: String?) {
        logger.info(
            "request refused",
            [
                "correlation_id": .string(correlationID ?? "unknown"), "status": .integer(self.status),
                "reason": .string(self.offences.malformation ?? self.detail),
                "members": .strings(self.header.map { [$0.name] } ?? self.offences.members),
            ]
        )
    }

    /// The answer to the request of that id, with `members` besides.
    func response(requestID: String, _ members: (inout JSONWriter) -> Void = { _ in }) -> HTTPAPIResponse {
        var writer = JSONWriter(reservingCapacity: 512)
        var budget = Self.maximumErrorBytes
        writer.object { writer in
            writer.member("type", "about:blank")
            self.write(to: &writer, budget: &budget)
            writer.member("instance", "urn:uuid:" + requestID)
            members(&writer)
        }
        return HTTPAPIResponse(status: self.status, headers: [Self.contentType] + self.headers, body: writer.bytes)
    }

    /// Bytes of the errors that one answer tells.
    ///
    /// Lambda takes an answer of 6 MB, and quotes and control characters in it are escaped twice.
    static let maximumErrorBytes = 512 * 1_024

    /// `title`, `status`, `detail` and `errors`, of which it lists what the budget in bytes holds.
    func write(to writer: inout JSONWriter, budget: inout Int) {
        writer.member("title", Self.title(of: self.status))
        writer.key("status")
        writer.integer(self.status)
        writer.member("detail", self.detail)
        guard self.header != nil || self.offences.count > 0 else { return }
        writer.key("errors")
        writer.array { writer in
            if let header {
                writer.object { writer in
                    writer.member("header", header.name)
                    writer.member("detail", header.detail)
                }
            }
            for offence in self.offences.listed {
                budget -= offence.pointer.utf8.count + offence.detail.utf8.count + 32
                guard budget >= 0 else { break }
                writer.object { writer in
                    writer.member("pointer", offence.pointer)
                    writer.member("detail", offence.detail)
                }
            }
        }
    }

    /// The status's phrase (RFC 9110), which a problem of type about:blank has as its title.
    private static func title(of status: Int) -> String {
        switch status {
        case 400: "Bad Request"
        case 404: "Not Found"
        case 405: "Method Not Allowed"
        case 413: "Content Too Large"
        case 415: "Unsupported Media Type"
        case 422: "Unprocessable Content"
        case 429: "Too Many Requests"
        default: "Service Unavailable"
        }
    }
}
