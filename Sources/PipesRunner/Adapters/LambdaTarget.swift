internal import AWSClient
package import AWSOperations
internal import EventPatterns
package import Platform

/// A function as the target of a Pipe or a mapping, called synchronously.
package struct LambdaTarget: PipeTarget {
    /// A Pipe's execution takes at most 5 minutes, a function 15.
    package static let pipeTimeout = Duration.seconds(300)
    /// A mapping waits as long as a function may run, 15 minutes.
    package static let mappingTimeout = Duration.seconds(900)

    private let client: any LambdaOperations
    private let functionName: String
    private let timeout: Duration
    private let time: any TimeSource

    /// The function of that name or ARN, waited for at most `timeout`.
    package init(client: any LambdaOperations, functionName: String, timeout: Duration, time: any TimeSource) {
        self.client = client
        self.functionName = functionName
        self.timeout = timeout
        self.time = time
    }

    /// Invokes the function with the batch.
    package func invoke(payload: [UInt8]) async -> TargetOutcome {
        do {
            let output = try await self.client.invoke(
                InvokeInput(functionName: self.functionName, payload: payload),
                deadline: self.time.now + self.timeout
            )
            guard output.functionError != nil else { return .answered(output.payload) }
            return .failed("the function failed\(Self.errorType(output.payload))")
        } catch {
            if error.isOfCredentials { return .unusable(error.advisedDescription) }
            let isPassing = error.isRetryable && error.code != .deadlineExceeded
            return isPassing ? .refused(FailureReason(error)) : .failed(FailureReason(error))
        }
    }

    /// The error's type only, in one line: its message may hold what the record held.
    private static func errorType(_ payload: [UInt8]) -> String {
        guard case .object(let error)? = try? JSONValue(parsing: payload), case .string(let type) = error["errorType"]
        else { return "" }
        return ": \(type.prefix { !$0.isNewline }.prefix(100))"
    }
}

/// A function whose mapping has no `ReportBatchItemFailures`: whatever it answers is success.
package struct AnswerIgnoringTarget: PipeTarget {
    private let target: any PipeTarget

    /// The same target, whose answers name no failures.
    package init(_ target: any PipeTarget) {
        self.target = target
    }

    /// Invokes the target, and takes any answer for success.
    package func invoke(payload: [UInt8]) async -> TargetOutcome {
        switch await self.target.invoke(payload: payload) {
        case .answered: .answered([])
        case .failed(let reason): .failed(reason)
        case .refused(let reason): .refused(reason)
        case .unusable(let reason): .unusable(reason)
        }
    }
}

/// What a Pipe or a mapping calls with a batch.
package protocol PipeTarget: Sendable {
    /// Calls it once and waits for the outcome; never throws, since every outcome has its rule.
    func invoke(payload: [UInt8]) async -> TargetOutcome
}

/// How one call of a target ended.
package enum TargetOutcome: Sendable, Equatable {
    /// The function's answer.
    case answered([UInt8])
    /// The function threw, crashed or took too long; or the call is wrong as configured (no such function, no
    /// permission).
    ///
    /// Counts as an attempt.
    case failed(FailureReason)
    /// Throttled, not reachable, an internal error of the service.
    ///
    /// Counts as none.
    case refused(FailureReason)
    /// The credentials have ended or are wrong: the text says what to do, and until then nobody can be called.
    ///
    /// Says nothing of the batch, which is neither delivered nor given up.
    case unusable(String)
}

/// Where a Pipe or a mapping notes what it gave up on.
package protocol DeadLetterSink: Sendable {
    /// Takes one batch; throws if it could not be stored, after which it comes again.
    func store(_ batch: UndeliveredBatch, shardID: String) async throws
}
