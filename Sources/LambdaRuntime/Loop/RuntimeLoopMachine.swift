package import Platform

/// Decides what the loop does next after each thing that happened to it.
///
/// It performs no I/O, so every fault is a row of a table in its test.
package struct RuntimeLoopMachine: Sendable {
    /// What happened.
    package enum Event: Sendable, Equatable {
        /// The handler is built.
        case started
        /// `next` was answered.
        case nextAnswered(status: Int, hasRequestID: Bool)
        /// `next` has no answer.
        case nextFailed(ConnectionFailure)
        /// The handler has returned or thrown.
        case handled
        /// The response or error report was answered.
        case postAnswered(status: Int)
        /// The response or error report has no answer.
        case postFailed(ConnectionFailure)
        /// SIGTERM came, and nothing is in flight.
        case drained
    }

    /// What to do.
    package enum Action: Sendable, Equatable {
        /// Ask for the next event, after this long.
        case requestNext(after: Duration)
        /// Run the handler on the event that was received.
        case invoke
        /// Send the result, after this long. It is only repeated if the server has hardly read it.
        case post(after: Duration)
        /// End the process.
        case stop(exitCode: Int32)
    }

    /// What to do, and what to tell the operator about it.
    package struct Decision: Sendable, Equatable {
        package let action: Action
        package let notice: Notice?
    }

    /// A log line about a fault.
    package struct Notice: Sendable, Equatable {
        package let level: LogLevel
        package let message: String
        /// Lambda's own name of the failure, where it has one.
        package let errorType: String?

        package init(level: LogLevel, message: String, errorType: String? = nil) {
            self.level = level
            self.message = message
            self.errorType = errorType
        }
    }

    private let backoff: Backoff
    /// Failures since something last went well.
    private var failures = 0
    /// Whether this invocation's result was sent again after a reset.
    private var isRepeated = false

    package init(backoff: Backoff = Backoff()) {
        self.backoff = backoff
    }

    /// The reaction to `event`; `random` spreads the waits.
    package mutating func react(to event: Event, random: some RandomSource) -> Decision {
        switch event {
        case .started:
            return Decision(action: .requestNext(after: .zero), notice: nil)
        case .nextAnswered(let status, let hasRequestID):
            return self.nextAnswered(status: status, hasRequestID: hasRequestID, random: random)
        case .nextFailed(let failure):
            return self.nextFailed(failure, random: random)
        case .handled:
            self.isRepeated = false
            return Decision(action: .post(after: .zero), notice: nil)
        case .postAnswered(let status):
            return self.postAnswered(status: status)
        case .postFailed(let failure):
            return self.postFailed(failure, random: random)
        case .drained:
            return Decision(action: .stop(exitCode: 0), notice: nil)
        }
    }

    private mutating func nextAnswered(
        status: Int,
        hasRequestID: Bool,
        random: some RandomSource
    ) -> Decision {
        switch status {
        case 200 where hasRequestID:
            self.failures = 0
            return Decision(action: .invoke, notice: nil)
        case 200:
            return self.retryNext("an event came without Lambda-Runtime-Aws-Request-Id: it is skipped", random: random)
        case 500:
            // The contract: a container error, non-recoverable; the runtime should exit promptly.
            return Self.stop("the Runtime API answered 500 to next: this environment cannot go on")
        default:
            return self.retryNext("the Runtime API answered \(status) to next", random: random)
        }
    }

    private mutating func nextFailed(
        _ failure: ConnectionFailure,
        random: some RandomSource
    ) -> Decision {
        switch failure {
        case .notDelivered where self.failures == 0, .reset where self.failures == 0, .lost where self.failures == 0:
            // Usually an idle connection that the server closed: nothing is wrong yet.
            self.failures += 1
            return Decision(
                action: .requestNext(after: .zero),
                notice: Notice(level: .debug, message: "\(failure): connecting again")
            )
        case .unreachable, .notDelivered, .reset, .lost, .timedOut, .malformed, .outOfStep:
            return self.retryNext("\(failure)", random: random)
        }
    }

    private mutating func retryNext(_ problem: String, random: some RandomSource) -> Decision {
        self.failures += 1
        guard let delay = self.backoff.delay(afterFailures: self.failures, random: random) else {
            return Self.stop("\(problem), \(self.failures) times in a row: giving up")
        }
        return Decision(
            action: .requestNext(after: delay),
            notice: Notice(level: .warn, message: "\(problem); asking for the next event")
        )
    }

    private mutating func postAnswered(status: Int) -> Decision {
        self.failures = 0
        switch status {
        case 200..<300:
            return Decision(action: .requestNext(after: .zero), notice: nil)
        case 413:
            // Lambda has failed the invocation itself by now: an error report would be answered 403.
            return Self.goOn(
                """
                Function.ResponseSizeTooLarge: the Runtime API refused the response (413). Return at most 6,291,556 \
                bytes, or store the result in S3 and return where it is
                """,
                errorType: "Function.ResponseSizeTooLarge"
            )
        case 500...:
            return Self.stop("the Runtime API answered \(status) to a response: this environment cannot go on")
        default:
            return Self.goOn("the Runtime API answered \(status) to a response: that invocation has failed")
        }
    }

    private mutating func postFailed(
        _ failure: ConnectionFailure,
        random: some RandomSource
    ) -> Decision {
        switch failure {
        case .reset where !self.isRepeated:
            self.isRepeated = true
            return Decision(
                action: .post(after: .zero),
                notice: Notice(level: .debug, message: "\(failure): sending the response once more")
            )
        case .notDelivered, .unreachable:
            self.failures += 1
            guard let delay = self.backoff.delay(afterFailures: self.failures, random: random) else {
                return Self.stop("\(failure), \(self.failures) times in a row: giving up, a response is lost")
            }
            return Decision(
                action: .post(after: self.failures == 1 ? .zero : delay),
                notice: Notice(level: .debug, message: "\(failure): connecting again to send the response")
            )
        case .reset, .lost, .timedOut, .malformed, .outOfStep:
            return Self.goOn("\(failure): whether the response arrived is unknown, so it is not sent again")
        }
    }

    private static func goOn(_ message: String, errorType: String? = nil) -> Decision {
        let notice = Notice(level: .error, message: message, errorType: errorType)
        return Decision(action: .requestNext(after: .zero), notice: notice)
    }

    private static func stop(_ message: String) -> Decision {
        Decision(action: .stop(exitCode: 1), notice: Notice(level: .fatal, message: message))
    }
}
