/// A call that failed for good: the service refused it, or retries ran out.
package struct AWSError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is.
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
    /// For `.conditionalCheckFailed`, when it was asked for: the item as it is.
    ///
    /// Holds customers' data.
    package let item: [String: AttributeValue]?

    /// A failure of `operation`; by default one that changed nothing.
    package init(
        code: Code,
        message: String,
        operation: String,
        statusCode: Int? = nil,
        requestID: String? = nil,
        mayHaveBeenApplied: Bool = false,
        item: [String: AttributeValue]? = nil
    ) {
        self.code = code
        self.message = message
        self.operation = operation
        self.statusCode = statusCode
        self.requestID = requestID
        self.mayHaveBeenApplied = mayHaveBeenApplied
        self.item = item
    }

    /// What an operator reads: operation, code, message, status and request id, and nothing of the item.
    package var description: String {
        var text = "\(self.operation) failed: \(self.code)"
        if !self.message.isEmpty { text += ": \(self.message)" }
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

    /// Whether an answer refuses this one request for good while others may succeed, so that the credentials are not at fault.
    package var isRefusalOfThis: Bool {
        self.statusCode != nil && !self.isRetryable && !Self.codesOfCredentials.contains(self.code.rawValue)
    }

    /// S3's ("Error responses", list of error codes): the keys are unknown or wrong, or have ended.
    private static let codesOfCredentials: Set<String> = [
        "ExpiredToken", "InvalidAccessKeyId", "InvalidToken", "SignatureDoesNotMatch", "TokenRefreshRequired",
    ]

    /// Whether somebody's transaction held the item: free again soon.
    package var isConflict: Bool { self.code == .transactionConflict }

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
            item: self.item
        )
    }
}

extension AWSError {
    /// An error's name as its service writes it, without namespace; and names of our own where no service answered.
    package struct Code: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The name as the service writes it, without namespace.
        package let rawValue: String

        /// A code of that name, known or not.
        package init(rawValue: String) {
            self.rawValue = rawValue
        }

        /// The name.
        package var description: String { self.rawValue }

        // DynamoDB.
        /// A write's condition does not hold.
        package static let conditionalCheckFailed = Code(rawValue: "ConditionalCheckFailedException")
        /// A transaction is at work on the item: somebody else's, since nothing here makes one.
        package static let transactionConflict = Code(rawValue: "TransactionConflictException")
        /// An item that was to be inserted is there; a statement's own code, without a suffix.
        package static let duplicateItem = Code(rawValue: "DuplicateItem")
        /// The service cannot make sense of the request.
        package static let validation = Code(rawValue: "ValidationException")
        /// The table, stream, function or queue does not exist.
        package static let resourceNotFound = Code(rawValue: "ResourceNotFoundException")
        /// The item collection would have more than 10 GB.
        package static let itemCollectionSizeLimitExceeded =
            Code(rawValue: "ItemCollectionSizeLimitExceededException")

        // Streams: the iterator is older than 15 minutes or 5 minutes; the record has left the stream.
        /// The iterator of a shard is too old: get another one.
        package static let expiredIterator = Code(rawValue: "ExpiredIteratorException")
        /// The record has left the stream.
        package static let trimmedDataAccess = Code(rawValue: "TrimmedDataAccessException")

        // S3. Answers to HEAD have no body: their code is `notFound` for 404.
        /// `If-None-Match: *` was asked for, and the object is there.
        package static let preconditionFailed = Code(rawValue: "PreconditionFailed")
        /// Another conditional write of the same object is under way.
        package static let conditionalRequestConflict = Code(rawValue: "ConditionalRequestConflict")
        /// The object that was to be read does not exist.
        package static let noSuchKey = Code(rawValue: "NoSuchKey")
        /// HEAD found nothing.
        package static let notFound = Code(rawValue: "NotFound")

        // Everywhere.
        /// The credentials may not do this.
        package static let accessDenied = Code(rawValue: "AccessDeniedException")

        // No usable answer.
        /// No connection to the service could be made.
        package static let connectionFailed = Code(rawValue: "ConnectionFailed")
        /// The connection ended before the whole answer was there.
        package static let connectionLost = Code(rawValue: "ConnectionLost")
        /// The server's certificate is not believed.
        package static let untrustedServer = Code(rawValue: "UntrustedServer")
        /// One attempt took longer than it may.
        package static let requestTimedOut = Code(rawValue: "RequestTimedOut")
        /// The caller's deadline came before an attempt succeeded.
        package static let deadlineExceeded = Code(rawValue: "DeadlineExceeded")
        /// The answer's body is over the limit.
        package static let responseTooLarge = Code(rawValue: "ResponseTooLarge")
        /// The answer cannot be read.
        package static let malformedResponse = Code(rawValue: "MalformedResponse")
        /// A listing named the same next page twice, and would never end.
        package static let repeatedPage = Code(rawValue: "RepeatedPage")
        /// The answer's CRC-32 is not the one that DynamoDB sent along.
        package static let checksumMismatch = Code(rawValue: "ChecksumMismatch")
        /// The task was cancelled.
        package static let cancelled = Code(rawValue: "Cancelled")
        /// The client's set-up or the request is unusable.
        package static let misconfigured = Code(rawValue: "Misconfigured")
    }
}

extension AWSError.Code {
    /// Whether the service asks for fewer requests.
    ///
    /// botocore's list of the standard retry mode, codes of a batch's statements, SQS's limit of messages in flight,
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
