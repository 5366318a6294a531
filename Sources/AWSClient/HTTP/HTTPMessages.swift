internal import JSONText

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

    /// The request's method.
    package var method: Method
    /// The server that the request goes to.
    package var endpoint: Endpoint
    /// Absolute, percent-encoded as it goes over the wire; includes the endpoint's own path.
    package var path: String
    /// Names and values before encoding, in the order they are sent.
    package var query: [(name: String, value: String)]
    /// The header fields, without those that the transport adds.
    package var headers: HTTPHeaders
    /// The body as it is sent.
    package var body: [UInt8]
    /// How long the service may be silent before it answers, by its contract: the wait of a long poll, the run of a
    /// function.
    package var answerDelay: Duration

    /// A request; by default for the root of the endpoint, without headers and body.
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

    /// Hides the contents from `dump` and from the messages of failed tests.
    package var customMirror: Mirror { Mirror(self, children: []) }

    /// The absolute URL.
    package var url: String {
        let query = self.query.map { PercentEncoding.encode($0.name) + "=" + PercentEncoding.encode($0.value) }
        return self.endpoint.origin + self.path + (query.isEmpty ? "" : "?" + query.joined(separator: "&"))
    }
}

/// One HTTP answer, its body complete.
package struct HTTPResponse: Sendable {
    /// The status code, as 200.
    package var statusCode: Int
    /// The header fields.
    package var headers: HTTPHeaders
    /// The body, without the framing of the transfer.
    package var body: [UInt8]

    /// An answer; by default without headers and body.
    package init(statusCode: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.statusCode = statusCode
        self.headers = headers
        self.body = body
    }

    /// Whether the status is one of 2xx.
    package var isSuccess: Bool { (200..<300).contains(self.statusCode) }
}

/// The header fields of a message in their order.
///
/// Names are compared without case.
package struct HTTPHeaders: Sendable, ExpressibleByDictionaryLiteral {
    /// One field.
    package struct Field: Sendable, Equatable {
        /// The field's name, as it was written.
        package var name: String
        /// The field's value.
        package var value: String
    }

    /// The fields in their order, repeated names included.
    package private(set) var fields: [Field]

    /// The fields of a literal in its order.
    package init(dictionaryLiteral elements: (String, String)...) {
        self.fields = elements.map { Field(name: $0.0, value: $0.1) }
    }

    /// No fields.
    package init() {
        self.fields = []
    }

    /// The first field of that name; setting replaces all of them, nil removes them.
    package subscript(name: String) -> String? {
        get { self.fields.first { Self.same($0.name, name) }?.value }
        set {
            self.fields.removeAll { Self.same($0.name, name) }
            if let newValue { self.fields.append(Field(name: name, value: newValue)) }
        }
    }

    /// Adds a field beside others of the same name, as a received message has them.
    package mutating func append(_ name: String, _ value: String) {
        self.fields.append(Field(name: name, value: value))
    }

    private static func same(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count
            && left.withUTF8Bytes { left in
                right.withUTF8Bytes { right in
                    for place in left.indices where left[place].asciiLowercased != right[place].asciiLowercased {
                        return false
                    }
                    return true
                }
            }
    }
}
