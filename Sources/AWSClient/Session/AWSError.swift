/// A call that failed for good: the service refused it, or retries ran out.
package struct AWSError: Error, Sendable, CustomStringConvertible {
    package let code: Code
    /// What the service or the transport says, without secrets, at most 512 bytes.
    package let message: String
    /// `DynamoDB.PutItem`.
    package let operation: String
    /// nil where there was no answer.
    package let statusCode: Int?
    /// The service's id of the request, which AWS support asks for.
    package let requestID: String?
    /// Whether some attempt of this call may have taken effect although it failed: its connection was lost after
    /// sending, or the service had an internal error.
    ///
    /// If false, the call changed nothing.
    package let mayHaveBeenApplied: Bool
    /// For `.transactionCanceled`: one reason per action, in their order; otherwise empty.
    package let cancellationReasons: [CancellationReason]
    /// For `.conditionalCheckFailed`, when it was asked for: the item as it is.
    ///
    /// Holds customers' data.
    package let item: [String: AttributeValue]?

    package init(
        code: Code,
        message: String,
        operation: String,
        statusCode: Int? = nil,
        requestID: String? = nil,
        mayHaveBeenApplied: Bool = false,
        cancellationReasons: [CancellationReason] = [],
        item: [String: AttributeValue]? = nil
    ) {
        self.code = code
        self.message = message
        self.operation = operation
        self.statusCode = statusCode
        self.requestID = requestID
        self.mayHaveBeenApplied = mayHaveBeenApplied
        self.cancellationReasons = cancellationReasons
        self.item = item
    }

    package var description: String {
        var text = "\(self.operation) failed: \(self.code)"
        if !self.message.isEmpty { text += ": \(self.message)" }
        let reasons = Set(self.cancellationReasons.map(\.code)).subtracting([.none]).map(\.rawValue).sorted()
        if !reasons.isEmpty { text += " (reasons: \(reasons.joined(separator: ", ")))" }
        if let statusCode { text += " (HTTP \(statusCode))" }
        if let requestID { text += " (request id \(requestID))" }
        return text
    }
}

extension AWSError {
    /// Whether the same call may succeed later: throttled, timed out, a conflict, the network, an internal error.
    ///
    /// Otherwise the call, or the account, has to change first.
    package var isRetryable: Bool {
        if self.code == .transactionCanceled {
            let reasons = self.cancellationReasons.map(\.code).filter { $0 != .none }
            return !reasons.isEmpty && reasons.allSatisfy(\.isTransient)
        }
        guard let statusCode else { return self.code.isTransient }
        // An error in an answer of 2xx came after the service had begun to answer, as an internal one: SDKs take it for 500.
        return self.code.isTransient || Self.transientStatusCodes.contains(statusCode)
            || (200..<300).contains(statusCode)
    }

    /// botocore's of the standard retry mode, and 429, which asks for fewer requests whatever the body says (RFC 6585).
    ///
    /// Others from 500 on, such as 501 for what S3 does not implement, stay as they are.
    private static let transientStatusCodes = [429, 500, 502, 503, 504]

    /// Whether the service asks for fewer requests.
    package var isThrottling: Bool {
        self.code.isThrottling || self.statusCode == 429
    }

    /// The error as known after an earlier attempt that may have taken effect.
    func havingMaybeBeenApplied(_ earlier: Bool) -> AWSError {
        guard earlier, !self.mayHaveBeenApplied else { return self }
        return AWSError(
            code: self.code,
            message: self.message,
            operation: self.operation,
            statusCode: self.statusCode,
            requestID: self.requestID,
            mayHaveBeenApplied: true,
            cancellationReasons: self.cancellationReasons,
            item: self.item
        )
    }
}
