/// One HTTP request, complete: nothing is added to it on its way but what the connection itself needs.
package struct HTTPRequest: Sendable, CustomStringConvertible, CustomReflectable {
    /// The methods that the services used here ask for.
    package enum Method: String, Sendable {
        case get = "GET"
        case head = "HEAD"
        case post = "POST"
        case put = "PUT"
        case delete = "DELETE"
    }

    package var method: Method
    package var endpoint: Endpoint
    /// Absolute, percent-encoded as it goes over the wire; includes the endpoint's own path.
    package var path: String
    /// Names and values before encoding, in the order they are sent.
    package var query: [(name: String, value: String)]
    package var headers: HTTPHeaders
    package var body: [UInt8]
    /// How long the service may be silent before it answers, by its contract: the wait of a long poll, the run of a
    /// function.
    package var answerDelay: Duration

    package init(
        method: Method,
        endpoint: Endpoint,
        path: String = "/",
        query: [(name: String, value: String)] = [],
        headers: HTTPHeaders = [:],
        body: [UInt8] = [],
        answerDelay: Duration = .zero
    ) {
        self.method = method
        self.endpoint = endpoint
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
        self.answerDelay = answerDelay
    }

    /// Method, host and path: what may go into a log.
    ///
    /// Headers hold a signature and a token, bodies customers' data.
    package var description: String { "\(self.method.rawValue) \(self.endpoint.origin)\(self.path)" }

    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The absolute URL.
    package var url: String {
        let query = self.query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        return self.endpoint.origin + self.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}
