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
        package static let idempotentParameterMismatch = Code(rawValue: "IdempotentParameterMismatchException")
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
        package static let noSuchBucket = Code(rawValue: "NoSuchBucket")
        package static let notFound = Code(rawValue: "NotFound")

        // SNS: entries that are too much together.
        package static let batchRequestTooLong = Code(rawValue: "BatchRequestTooLong")

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
