/// Writes log lines: JSON objects with the keys of Powertools, or text, as `AWS_LAMBDA_LOG_FORMAT` says.
///
/// E-mail addresses and numbers of cards and accounts in messages and values are masked. Nothing else is: orders and
/// credentials have no place in a line.
package struct Logger: Sendable {
    /// The invocation that lines belong to.
    final class Invocation: @unchecked Sendable {  // `members` is read with the output's lock held
        let requestID: String
        private let traceID: String?
        private let coldStart: Bool
        /// What `LogLine.members` gives, made by the first line for all that follow: many an invocation has none.
        private(set) lazy var members = LogLine.members(
            requestID: self.requestID,
            traceID: self.traceID,
            coldStart: self.coldStart
        )

        init(requestID: String, traceID: String?, coldStart: Bool) {
            self.requestID = requestID
            self.traceID = traceID
            self.coldStart = coldStart
        }
    }

    let output: LogOutput
    let invocation: Invocation?

    /// A logger for lines that belong to no invocation.
    package init(output: LogOutput) {
        self.output = output
        self.invocation = nil
    }

    /// A logger for the lines of one invocation.
    package init(output: LogOutput, requestID: String, traceID: String?, coldStart: Bool) {
        self.output = output
        self.invocation = Invocation(requestID: requestID, traceID: traceID, coldStart: coldStart)
    }

    /// Whether a line of this level would be written: ask before building a costly one.
    package func isEnabled(_ level: LogLevel) -> Bool {
        level >= self.output.configuration.level
    }

    /// Writes one line, if its level is written at all.
    package func log(_ level: LogLevel, _ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
        guard self.isEnabled(level) else { return }
        self.output.log(level, message, fields, of: self.invocation)
    }

    /// Something that went as it should.
    package func info(_ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
        self.log(.info, message, fields)
    }

    /// Something that was dealt with but should not have happened.
    package func warn(_ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
        self.log(.warn, message, fields)
    }

    /// Something that failed.
    package func error(_ message: String, _ fields: KeyValuePairs<String, LogValue> = [:]) {
        self.log(.error, message, fields)
    }

    /// Writes out the lines that were only collected so far.
    ///
    /// The runtime does it before every response and every wait.
    package func flush() {
        self.output.flush()
    }
}

/// What a log field can hold.
///
/// Text is masked and escaped when the line is written.
package enum LogValue: Sendable, Equatable {
    case string(String)
    case integer(Int)
    case strings([String])
    /// Nothing is known: the line does not have the key.
    case absent
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation, ExpressibleByIntegerLiteral,
    ExpressibleByArrayLiteral
{
    /// A text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    package init(integerLiteral value: Int) { self = .integer(value) }
    /// A list of texts.
    package init(arrayLiteral elements: String...) { self = .strings(elements) }
}
