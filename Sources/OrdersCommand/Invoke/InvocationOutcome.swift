/// How an invocation ended.
package enum InvocationOutcome: Sendable, Equatable {
    case answered([UInt8])
    /// The runtime reported an error: its body and its error type header.
    case functionError([UInt8], type: String?)
    /// The function could not start.
    case initializationError([UInt8], type: String?)
    /// The answer is longer than Lambda takes.
    case responseTooLarge(bytes: Int)
    case timedOut(seconds: Double)
    /// It did not ask for an event in the time Lambda allows for that.
    case initializationTimedOut(seconds: Double)
    /// The process ended before it answered.
    case exited(ExitStatus)

    /// What goes to standard output: the payload Lambda would return.
    package var payload: [UInt8]? {
        switch self {
        case .answered(let body), .functionError(let body, _), .initializationError(let body, _): body
        case .responseTooLarge, .timedOut, .initializationTimedOut, .exited: nil
        }
    }

    /// What went wrong, in one sentence; nil if nothing did.
    package var failure: String? {
        switch self {
        case .answered: nil
        case .functionError(_, let type): "the function reported an error\(Self.suffix(type))"
        case .initializationError(_, let type): "the function could not start\(Self.suffix(type))"
        case .responseTooLarge(let bytes):
            "Function.ResponseSizeTooLarge: the answer has \(bytes) bytes, Lambda takes \(LocalRuntimeAPI.maximumPayload)"
        case .timedOut(let seconds):
            "Sandbox.Timedout: no answer after \(seconds) s; --timeout allows for more"
        case .initializationTimedOut(let seconds):
            "Runtime.InitTimeout: the function did not ask for an event within \(seconds) s"
        case .exited(let status): "Runtime.ExitError: the process ended before it answered: \(status)"
        }
    }

    private static func suffix(_ type: String?) -> String {
        type.map { ": \($0)" } ?? ""
    }
}

/// How a process ended.
package enum ExitStatus: Sendable, Equatable, CustomStringConvertible {
    case code(Int32)
    case signal(Int32)

    /// From the status that `wait` gives.
    package init(waitStatus: Int32) {
        let signal = waitStatus & 0x7F
        self = signal == 0 ? .code(waitStatus >> 8 & 0xFF) : .signal(signal)
    }

    /// What is wrong, for the person who invoked the function.
    package var description: String {
        switch self {
        case .code(let code): "exit status \(code)"
        case .signal(4): "signal 4 (illegal instruction: a trap in Swift code)"
        case .signal(6): "signal 6 (abort)"
        case .signal(9): "signal 9 (killed)"
        case .signal(11): "signal 11 (segmentation fault)"
        case .signal(let number): "signal \(number)"
        }
    }
}
