/// One call before it has a host, a date and a signature: what a retry starts from again.
package struct AWSRequest: Sendable {
    let service: AWSService
    /// `PutItem`; part of error messages.
    let operation: String
    let method: HTTPRequest.Method
    /// Percent-encoded, below the endpoint.
    package var path: String = "/"
    /// Names and values before encoding.
    package var query: [(name: String, value: String)] = []
    /// Header fields besides those of the signature and the transport.
    package var headers: HTTPHeaders = [:]
    /// The body as it is sent.
    package var body: [UInt8] = []
    /// A label before the endpoint's host: S3's bucket.
    package var hostLabel: String?
    /// Whether a successful answer's body is somebody's content, an object or a function's result, and not a document of
    /// the service.
    ///
    /// Only then may it look like an error without being one.
    package var isAnsweredByContent = false
    /// How long one attempt may take, so that a silent server leaves time for another.
    package var attemptTimeout: Duration
    /// How long the service may be silent before it answers, by its contract.
    package var answerDelay: Duration = .zero

    /// A call of the service's operation, with the service's usual timeout.
    package init(service: AWSService, operation: String, method: HTTPRequest.Method = .post) {
        self.service = service
        self.operation = operation
        self.method = method
        self.attemptTimeout = service.attemptTimeout
    }

    var name: String { "\(self.service.name).\(self.operation)" }
}
