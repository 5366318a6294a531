internal import Platform

/// One failed attempt, with what the decision about the next one needs.
struct AttemptFailure: Error {
    let error: AWSError
    /// Whether the standard retry mode repeats it.
    let isRetried: Bool
    var retryAfter: Duration?
    /// Whether the service refused the request's time, so that one signed now may pass.
    var isRefusedForItsTime: Bool

    init(_ error: AWSError, retryAfter: Duration? = nil, isRefusedForItsTime: Bool = false) {
        self.error = error
        // Conflicts are the caller's to plan anew, and a deadline or a cancellation ends the call.
        self.isRetried =
            switch error.code {
            case .transactionCanceled, .transactionConflict, .deadlineExceeded, .cancelled: false
            default: error.isRetryable
            }
        self.retryAfter = retryAfter
        self.isRefusedForItsTime = isRefusedForItsTime
    }

    /// A failure without an answer.
    init(_ error: HTTPTransportError, operation: String, isPastDeadline: Bool) {
        let code: AWSError.Code =
            switch error.code {
            case .hostNotFound, .connectionFailed: .connectionFailed
            case .untrustedServer: .untrustedServer
            case .connectionLost: .connectionLost
            case .timedOut: isPastDeadline ? .deadlineExceeded : .requestTimedOut
            case .responseTooLarge: .responseTooLarge
            case .malformedResponse: .malformedResponse
            case .cancelled: .cancelled
            case .misconfigured: .misconfigured
            }
        self.init(
            AWSError(
                code: code,
                message: error.message,
                operation: operation,
                mayHaveBeenApplied: error.wasSent
            )
        )
    }
}
