internal import JSONText
package import Platform

/// What Lambda says about one invocation.
///
/// All but the request id may be missing.
package struct InvocationContext: Sendable {
    /// `Lambda-Runtime-Aws-Request-Id`: the same for every attempt of an asynchronous invocation.
    package let requestID: String
    /// `Lambda-Runtime-Deadline-Ms`: when Lambda stops the process.
    ///
    /// Without one there is no limit.
    package let deadline: UTCInstant?
    /// `Lambda-Runtime-Invoked-Function-Arn`, with the version or alias that was called.
    package let invokedFunctionARN: String?
    /// `Lambda-Runtime-Trace-Id`: `Root=…;Parent=…;Sampled=…`.
    package let traceID: String?
    /// `Lambda-Runtime-Client-Context`: JSON text of a mobile client, as received.
    package let clientContext: String?
    /// `Lambda-Runtime-Cognito-Identity`: JSON text, as received.
    package let cognitoIdentity: String?
    /// `Lambda-Runtime-Aws-Tenant-Id`: for functions with tenant isolation.
    package let tenantID: String?
    /// `Lambda-Runtime-Invocation-Id`: differs between attempts; the runtime sends it back with the response.
    package let invocationID: String?
    /// Whether this is the first invocation of this handler.
    package let coldStart: Bool
    /// Writes lines that carry this invocation's request id and trace id, all of them before the response is sent.
    package let logger: Logger

    /// The context of one invocation, from the headers of its event.
    package init(
        requestID: String,
        deadline: UTCInstant? = nil,
        invokedFunctionARN: String? = nil,
        traceID: String? = nil,
        clientContext: String? = nil,
        cognitoIdentity: String? = nil,
        tenantID: String? = nil,
        invocationID: String? = nil,
        coldStart: Bool = false,
        logger: Logger
    ) {
        self.requestID = requestID
        self.deadline = deadline
        self.invokedFunctionARN = invokedFunctionARN
        self.traceID = traceID
        self.clientContext = clientContext
        self.cognitoIdentity = cognitoIdentity
        self.tenantID = tenantID
        self.invocationID = invocationID
        self.coldStart = coldStart
        self.logger = logger
    }
}

extension InvocationContext {
    /// The whole context as JSON, for probes and diagnosis; a member without a value is null.
    package var json: [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("requestId", self.requestID)
            writer.key("deadlineMs")
            if let deadline = self.deadline {
                writer.integer(deadline.nanosecondsSince1970 / 1_000_000)
            } else {
                writer.null()
            }
            let texts: KeyValuePairs = [
                "invokedFunctionArn": self.invokedFunctionARN, "traceId": self.traceID, "tenantId": self.tenantID,
                "invocationId": self.invocationID, "clientContext": self.clientContext,
                "cognitoIdentity": self.cognitoIdentity,
            ]
            for (key, text) in texts {
                writer.key(key)
                if let text { writer.string(text) } else { writer.null() }
            }
            writer.key("coldStart")
            writer.bool(self.coldStart)
        }
        return writer.bytes
    }
}
