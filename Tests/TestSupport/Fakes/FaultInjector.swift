package import AWSClient
internal import Platform
internal import Synchronization

/// Decides what happens to each request that the in-memory services get, and counts them.
///
/// The services of one test share one, so that a test can cut an invocation off at its n-th request, whatever it is.
package final class FaultInjector: Sendable {
    /// One request.
    package struct Call: Sendable, Equatable {
        /// From 0, of the requests since the last `plan`.
        package let index: Int
        /// `DynamoDB.UpdateItem`.
        package let operation: String
    }

    /// What happens to it.
    package enum Fault: Sendable {
        /// It is answered.
        case none
        /// It fails and changes nothing.
        case before(AWSError)
        /// It takes effect, and the answer is lost.
        case after(AWSError)
        /// It is answered with the error now, and takes effect, if it still can, when the test lets it arrive.
        case late(AWSError)
    }

    private struct State {
        var decide: @Sendable (Call) -> Fault = { _ in .none }
        var calls: [Call] = []
        var late: [@Sendable () throws -> Void] = []
    }

    private let state = Mutex(State())

    package init() {}

    /// The requests since the last `plan`.
    package var calls: [Call] { self.state.withLock { $0.calls } }

    /// How many of them were of this operation.
    package func count(of operation: String) -> Int {
        self.calls.count { $0.operation == operation }
    }

    /// Starts counting anew, with these faults.
    package func plan(_ decide: @escaping @Sendable (Call) -> Fault = { _ in .none }) {
        self.state.withLock { state in
            state.decide = decide
            state.calls = []
        }
    }

    /// The invocation dies at its request `index`: that one happens or does not, those behind it never.
    package func cutOff(at index: Int, after isApplied: Bool) {
        self.plan { call in
            if call.index < index { return .none }
            return call.index == index && isApplied ? .after(.lost(call.operation)) : .before(.gone(call.operation))
        }
    }

    /// Lets the delayed requests arrive, in the order they were sent; nobody sees their answers.
    package func deliverLateRequests() {
        let late = self.state.withLock { state in
            defer { state.late = [] }
            return state.late
        }
        for request in late { try? request() }
    }

    /// Makes a call: what fails for a passing reason is tried again as a session does.
    func perform<Output: Sendable>(
        _ operation: String,
        until limit: CallLimit,
        _ apply: @escaping @Sendable () throws(AWSError) -> Output
    ) async throws(AWSError) -> Output {
        try await limit.retrying(operation) { () async throws(AWSError) in
            try self.attempt(operation, apply)
        }
    }

    private func attempt<Output>(
        _ operation: String,
        _ apply: @escaping @Sendable () throws(AWSError) -> Output
    ) throws(AWSError) -> Output {
        let fault = self.state.withLock { state in
            let call = Call(index: state.calls.count, operation: operation)
            state.calls.append(call)
            return state.decide(call)
        }
        switch fault {
        case .none: return try apply()
        case .before(let error): throw error
        case .after(let error):
            _ = try apply()
            throw error
        case .late(let error):
            self.state.withLock { $0.late.append { _ = try apply() } }
            throw error
        }
    }
}

extension CallLimit {
    /// Makes a call by the rules of a session that gives each round one attempt.
    ///
    /// A fault is thereby what is left after the session's few attempts.
    package func retrying<Output: Sendable>(
        _ operation: String,
        _ attempt: () async throws(AWSError) -> Output
    ) async throws(AWSError) -> Output {
        // Between rounds an invocation's deadline waits, in its own time.
        let policy = RetryPolicy(maxAttempts: 1, time: ManualTime(), random: SeededRandom(seed: 1))
        var attempts = CallAttempts(operation, limit: self, policy: policy)
        while true {
            let error: AWSError
            do {
                return try await attempt()
            } catch let failure {
                error = failure
            }
            try await attempts.wait(after: AttemptFailure(error))
        }
    }
}

extension AWSError {
    /// The connection was lost after the request was sent.
    package static func lost(_ operation: String) -> AWSError {
        AWSError(
            code: .connectionLost,
            message: "the test drops the answer",
            operation: operation,
            mayHaveBeenApplied: true
        )
    }

    /// The caller is dead: no request of it is answered any more, and none is repeated.
    package static func gone(_ operation: String) -> AWSError {
        AWSError(code: .cancelled, message: "the test ended the invocation", operation: operation)
    }

    /// The table has no capacity left.
    package static func throttled(_ operation: String) -> AWSError {
        AWSError(
            code: AWSError.Code(rawValue: "ProvisionedThroughputExceededException"),
            message: "the test throttles",
            operation: operation,
            statusCode: 400
        )
    }
}
