/// One call before it has a host, a date and a signature: what a retry starts from again.
struct AWSRequest: Sendable {
    let service: AWSService
    /// `PutItem`; part of error messages.
    let operation: String
    var method: HTTPRequest.Method = .post
    /// Percent-encoded, below the endpoint.
    var path: String = "/"
    var query: [(name: String, value: String)] = []
    var headers: HTTPHeaders = [:]
    var body: [UInt8] = []
    /// A label before the endpoint's host: S3's bucket.
    var hostLabel: String?
    /// Whether a successful answer's body is somebody's content, an object or a function's result, and not a document of
    /// the service.
    ///
    /// Only then may it look like an error without being one.
    var isAnsweredByContent = false
    /// How long one attempt may take, so that a silent server leaves time for another.
    var attemptTimeout: Duration = .seconds(20)
    /// How long the service may be silent before it answers, by its contract.
    var answerDelay: Duration = .zero

    var name: String { "\(self.service.displayName).\(self.operation)" }
}
