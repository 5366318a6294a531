internal import AWSClient

/// Why something failed: in full for a log, and without what differs from one repetition to the next.
package struct FailureReason: Sendable, Equatable, CustomStringConvertible, ExpressibleByStringInterpolation {
    /// In full, as a log shows it.
    package let description: String
    /// Equal for the same failure each time: a service's answer without the id of its request.
    package let kind: String
    /// Whether nothing answered a call before its deadline.
    package let isWithoutAnswer: Bool

    /// A reason in words that are the same each time.
    package init(stringLiteral words: String) {
        self.init(words, kind: words)
    }

    /// The reason that an error gives, with the id of its request for AWS support.
    package init(_ error: any Error) {
        let known = error as? AWSError
        self.description = "\(error)"
        self.kind = known.map { "\($0.operation) \($0.code): \($0.message)" } ?? "\(error)"
        self.isWithoutAnswer = known?.code == .deadlineExceeded
    }

    /// A reason whose words hold what differs from one repetition to the next, such as a shard.
    init(_ description: String, kind: String) {
        (self.description, self.kind, self.isWithoutAnswer) = (description, kind, false)
    }

    /// The reason with something behind it.
    func adding(_ words: String) -> FailureReason {
        FailureReason(self.description + words, kind: self.kind + words)
    }
}

/// Why a runner ends before it is stopped, and what to do: until then, nothing that it repeats would succeed.
package struct RunnerFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// The reason, with what to do.
    package let description: String

    /// A failure for that reason.
    package init(_ reason: String) {
        self.description = reason
    }
}
