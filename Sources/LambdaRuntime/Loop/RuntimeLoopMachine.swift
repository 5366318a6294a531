package import Platform

/// Decides what the loop does next after each thing that happened to it.
///
/// It performs no I/O, so every fault is a row of a table in its test. An event that cannot happen in the machine's state
/// is a mistake of the loop and traps.
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
        /// Send the result, after this long.
        ///
        /// A result is sent again only where the server has, as far as can be known, not read it.
        case post(after: Duration)
        /// End the process.
        case stop(exitCode: Int32)
    }

    /// What to do, and what to tell the operator about it.
    package struct Decision: Sendable, Equatable {
        /// What the loop does next.
        package let action: Action
        /// The log line about it; nil where nothing is wrong.
        package let notice: Notice?
    }

    /// A log line about a fault.
    package struct Notice: Sendable, Equatable {
        /// How urgent the fault is.
        package let level: LogLevel
        /// What happened, and what the loop does about it.
        package let message: String
        /// Lambda's own name of the failure, where it has one.
        package let errorType: String?

        /// A line about a fault.
        package init(level: LogLevel, message: String, errorType: String? = nil) {
            self.level = level
            self.message = message
            self.errorType = errorType
        }
    }

    /// Which events can come.
    private enum State: Sendable {
        /// The handler is being built.
        case starting
        /// The next event is asked for, after that many failures in a row.
        case asking(failures: Int)
        /// The handler has the event.
        case handling
        /// The result is on its way, after that many failures in a row to reach the Runtime API.
        ///
        /// `isRepeated`: it was sent again after a reset, which happens once.
        case posting(failures: Int, isRepeated: Bool)
        /// The process ends.
        case stopped
    }

    /// Waits for a Runtime API that does not answer: 20 ms doubling to 1 s, 8 tries in all, which take 3 s at most.
    package static let usualBackoff = Backoff(base: .milliseconds(20), cap: .seconds(1), jitter: .half, limit: 8)

    private let backoff: Backoff
    private var state = State.starting

    /// A machine that waits for the handler to be built.
    package init(backoff: Backoff = Self.usualBackoff) {
        self.backoff = backoff
    }

    /// The reaction to `event`; `random` spreads the waits.
    package mutating func react(to event: Event, random: any RandomSource) -> Decision {
        switch (self.state, event) {
        case (.starting, .started):
            return self.ask()
        case (.asking(let failures), .nextAnswered(let status, let hasRequestID)):
            return self.nextAnswered(status, hasRequestID: hasRequestID, failures: failures, random: random)
        case (.asking(let failures), .nextFailed(let failure)):
            return self.nextFailed(failure, failures: failures, random: random)
        case (.asking, .drained):
            self.state = .stopped
            return Decision(action: .stop(exitCode: 0), notice: nil)
        case (.handling, .handled):
            self.state = .posting(failures: 0, isRepeated: false)
            return Decision(action: .post(after: .zero), notice: nil)
        case (.posting, .postAnswered(let status)):
            return self.postAnswered(status)
        case (.posting(let failures, let isRepeated), .postFailed(let failure)):
            return self.postFailed(failure, failures: failures, isRepeated: isRepeated, random: random)
        case (.starting, _), (.asking, _), (.handling, _), (.posting, _), (.stopped, _):
            preconditionFailure("the loop reports an event that cannot happen now")
        }
    }

    private mutating func nextAnswered(
        _ status: Int,
        hasRequestID: Bool,
        failures: Int,
        random: any RandomSource
    ) -> Decision {
        switch status {
        case 200 where hasRequestID:
            self.state = .handling
            return Decision(action: .invoke, notice: nil)
        case 200:
            let problem = "an event came without Lambda-Runtime-Aws-Request-Id: it is skipped"
            return self.askAgain(problem, failures: failures + 1, random: random)
        case 500:
            // The contract: a container error, non-recoverable; the runtime should exit promptly.
            return self.stop("the Runtime API answered 500 to next: this environment cannot go on")
        default:
            let problem = "the Runtime API answered \(status) to next"
            return self.askAgain(problem, failures: failures + 1, random: random)
        }
    }

    private mutating func nextFailed(
        _ failure: ConnectionFailure,
        failures: Int,
        random: any RandomSource
    ) -> Decision {
        switch failure {
        case .notDelivered where failures == 0, .reset where failures == 0, .lost where failures == 0:
            // Usually an idle connection that the server closed: nothing is wrong yet.
            return self.ask(
                failures: 1,
                notice: Notice(level: .debug, message: "\(failure): connecting again")
            )
        case .unreachable, .notDelivered, .reset, .lost, .timedOut, .malformed, .outOfStep:
            return self.askAgain("\(failure)", failures: failures + 1, random: random)
        }
    }

    private mutating func askAgain(_ problem: String, failures: Int, random: any RandomSource) -> Decision {
        guard let delay = self.backoff.delay(afterFailures: failures, random: random) else {
            return self.stop("\(problem), \(failures) times in a row: giving up")
        }
        return self.ask(
            after: delay,
            failures: failures,
            notice: Notice(level: .warn, message: "\(problem); asking for the next event")
        )
    }

    private mutating func postAnswered(_ status: Int) -> Decision {
        switch status {
        case 200..<300:
            return self.ask()
        case 413:
            // Lambda has failed the invocation itself by now: an error report would be answered 403.
            let message = """
                Function.ResponseSizeTooLarge: the Runtime API refused the response (413). Return at most 6,291,556 \
                bytes, or store the result in S3 and return where it is
                """
            return self.giveUp(message, errorType: "Function.ResponseSizeTooLarge")
        case 500...:
            return self.stop("the Runtime API answered \(status) to a response: this environment cannot go on")
        default:
            return self.giveUp("the Runtime API answered \(status) to a response: that invocation has failed")
        }
    }

    private mutating func postFailed(
        _ failure: ConnectionFailure,
        failures: Int,
        isRepeated: Bool,
        random: any RandomSource
    ) -> Decision {
        switch failure {
        case .reset where !isRepeated:
            self.state = .posting(failures: failures, isRepeated: true)
            return Decision(
                action: .post(after: .zero),
                notice: Notice(level: .debug, message: "\(failure): sending the response once more")
            )
        case .notDelivered, .unreachable:
            let failures = failures + 1
            guard let delay = self.backoff.delay(afterFailures: failures, random: random) else {
                return self.stop("\(failure), \(failures) times in a row: giving up, a response is lost")
            }
            self.state = .posting(failures: failures, isRepeated: isRepeated)
            return Decision(
                action: .post(after: failures == 1 ? .zero : delay),
                notice: Notice(level: .debug, message: "\(failure): connecting again to send the response")
            )
        case .reset, .lost, .timedOut, .malformed, .outOfStep:
            return self.giveUp(
                "\(failure): whether the response arrived is unknown, so it is not sent again",
                failures: failures
            )
        }
    }

    private mutating func ask(after delay: Duration = .zero, failures: Int = 0, notice: Notice? = nil) -> Decision {
        self.state = .asking(failures: failures)
        return Decision(action: .requestNext(after: delay), notice: notice)
    }

    /// The invocation has failed, or nobody knows; the next one may come.
    private mutating func giveUp(_ message: String, errorType: String? = nil, failures: Int = 0) -> Decision {
        self.ask(failures: failures, notice: Notice(level: .error, message: message, errorType: errorType))
    }

    private mutating func stop(_ message: String) -> Decision {
        self.state = .stopped
        return Decision(action: .stop(exitCode: 1), notice: Notice(level: .fatal, message: message))
    }
}
