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
        // DynamoDB tells of conflicts and cancelled transactions by 400: what names one in an answer of 5xx tells of a
        // failure of the service's own.
        if self.code == .transactionCanceled, !self.isFailureOfTheService {
            let reasons = self.cancellationReasons.map(\.code).filter { $0 != .none }
            return !reasons.isEmpty && reasons.allSatisfy(\.isTransient)
        }
        guard let statusCode else { return self.code.isTransient }
        // An error in an answer of 2xx came after the service had begun to answer, as an internal one: SDKs take it for 500.
        return self.code.isTransient || Self.transientStatusCodes.contains(statusCode)
            || (200..<300).contains(statusCode)
    }

    /// The status codes that botocore repeats in its standard retry mode, and 429, which asks for fewer requests whatever
    /// the body says (RFC 6585).
    ///
    /// Other codes from 500 on are final, such as S3's 501 for what it does not implement.
    private static let transientStatusCodes = [429, 500, 502, 503, 504]

    /// Whether the answer's status tells of one that passes.
    var isFailureOfTheService: Bool {
        self.statusCode.map { $0 >= 500 && Self.transientStatusCodes.contains($0) } ?? false
    }

    /// Whether the service refuses what was sent, whenever it comes: a permanent failure of that one input.
    ///
    /// Anything else, a missing permission or table included, ends once somebody has repaired it, and until then the
    /// input has to come again.
    package var isPermanent: Bool {
        self.code == .validation || self.code == .itemCollectionSizeLimitExceeded
    }

    /// Whether another request held one of the items: free again soon, unless the table is throttled, too.
    package var isConflict: Bool {
        if self.code == .transactionConflict { return true }
        let codes = self.cancellationReasons.map(\.code)
        return codes.contains(.transactionConflict)
            && !codes.contains { AWSError.Code(rawValue: $0.rawValue).isThrottling }
    }

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

extension AWSError {
    /// An error's name as its service writes it, without namespace; and names of our own where no service answered.
    package struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        package let rawValue: String

        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        package var description: String { self.rawValue }

        // DynamoDB.
        package static let conditionalCheckFailed = Code(rawValue: "ConditionalCheckFailedException")
        package static let transactionCanceled = Code(rawValue: "TransactionCanceledException")
        package static let transactionConflict = Code(rawValue: "TransactionConflictException")
        package static let validation = Code(rawValue: "ValidationException")
        package static let resourceNotFound = Code(rawValue: "ResourceNotFoundException")
        package static let itemCollectionSizeLimitExceeded =
            Code(rawValue: "ItemCollectionSizeLimitExceededException")

        // Streams: the iterator is older than 15 minutes or 5 minutes; the record has left the stream.
        package static let expiredIterator = Code(rawValue: "ExpiredIteratorException")
        package static let trimmedDataAccess = Code(rawValue: "TrimmedDataAccessException")

        // S3. Answers to HEAD have no body: their code is `notFound` for 404.
        package static let preconditionFailed = Code(rawValue: "PreconditionFailed")
        package static let conditionalRequestConflict = Code(rawValue: "ConditionalRequestConflict")
        package static let noSuchKey = Code(rawValue: "NoSuchKey")
        package static let notFound = Code(rawValue: "NotFound")

        // Everywhere.
        package static let accessDenied = Code(rawValue: "AccessDeniedException")

        // No usable answer.
        package static let connectionFailed = Code(rawValue: "ConnectionFailed")
        package static let connectionLost = Code(rawValue: "ConnectionLost")
        package static let untrustedServer = Code(rawValue: "UntrustedServer")
        package static let requestTimedOut = Code(rawValue: "RequestTimedOut")
        /// The caller's deadline came before an attempt succeeded.
        package static let deadlineExceeded = Code(rawValue: "DeadlineExceeded")
        package static let responseTooLarge = Code(rawValue: "ResponseTooLarge")
        package static let malformedResponse = Code(rawValue: "MalformedResponse")
        /// A listing named the same next page twice, and would never end.
        package static let repeatedPage = Code(rawValue: "RepeatedPage")
        package static let checksumMismatch = Code(rawValue: "ChecksumMismatch")
        package static let cancelled = Code(rawValue: "Cancelled")
        package static let misconfigured = Code(rawValue: "Misconfigured")
    }
}

extension AWSError.Code {
    /// Whether the service asks for fewer requests.
    ///
    /// botocore's list of the standard retry mode, reasons of a cancelled transaction, SQS's limit of messages in flight,
    /// and whatever says so in its name: `Throttled` of an entry of SNS, `KMSThrottling` of SNS and `KmsThrottled` of
    /// SQS, both for the key of their topic or queue.
    package var isThrottling: Bool {
        switch self.rawValue {
        case "TooManyRequestsException", "ProvisionedThroughputExceededException", "TransactionInProgressException",
            "RequestLimitExceeded", "BandwidthLimitExceeded", "LimitExceededException", "SlowDown",
            "PriorRequestNotComplete", "ProvisionedThroughputExceeded", "OverLimit":
            true
        default: self.rawValue.firstOccurrence(of: "Throttl") != nil
        }
    }

    /// Whether the same call may succeed later.
    package var isTransient: Bool {
        if self.isThrottling { return true }
        switch self {
        case .connectionFailed, .connectionLost, .requestTimedOut, .deadlineExceeded, .malformedResponse,
            .checksumMismatch, .cancelled, .transactionConflict, .conditionalRequestConflict:
            return true
        default: break
        }
        switch self.rawValue {
        case "RequestTimeout", "RequestTimeoutException", "TransactionConflict", "ReplicatedWriteConflictException",
            "InternalError", "InternalFailure", "InternalFailureException", "InternalServerError", "ServiceUnavailable",
            "RequestTimeTooSkewed":
            return true
        default: return false
        }
    }

    /// Whether the request's signature was refused in a way that a wrong clock explains.
    var suggestsClockSkew: Bool {
        switch self.rawValue {
        case "RequestTimeTooSkewed", "RequestExpired", "RequestInTheFuture", "InvalidSignatureException",
            "SignatureDoesNotMatch", "AuthFailure":
            true
        default: false
        }
    }
}
