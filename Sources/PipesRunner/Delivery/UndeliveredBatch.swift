/// Records the runner gives up on.
package struct UndeliveredBatch: Sendable, Equatable {
    /// Why, in the words of the message AWS sends.
    package enum Condition: String, Sendable {
        case retryAttemptsExhausted = "RetryAttemptsExhausted"
        case recordAgeExceeded = "RecordAgeExceeded"
    }

    package let condition: Condition
    /// In the stream's order; never empty.
    package let records: [StreamRecord]
    /// How often they were sent, at least some of them.
    package let invocations: Int
    /// Whether the last invocation ended in a function error, rather than in an answer that names failures.
    package let isFunctionError: Bool

    package init(condition: Condition, records: [StreamRecord], invocations: Int, isFunctionError: Bool = false) {
        self.condition = condition
        self.records = records
        self.invocations = invocations
        self.isFunctionError = isFunctionError
    }
}
