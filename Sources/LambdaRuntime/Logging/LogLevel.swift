package import Platform

/// How much a log line matters.
///
/// The names are those that Lambda filters by.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case trace, debug, info, warn, error, fatal

    package static func < (left: LogLevel, right: LogLevel) -> Bool { left.rawValue < right.rawValue }

    /// A level by its name, in any case, with the spellings of Python and Powertools; nil if there is none of it.
    package init?(name: String) {
        switch name.uppercased() {
        case "TRACE": self = .trace
        case "DEBUG": self = .debug
        case "INFO": self = .info
        case "WARN", "WARNING": self = .warn
        case "ERROR": self = .error
        case "FATAL", "CRITICAL": self = .fatal
        default: return nil
        }
    }

    /// As it stands in a line.
    package var name: String {
        switch self {
        case .trace: "TRACE"
        case .debug: "DEBUG"
        case .info: "INFO"
        case .warn: "WARN"
        case .error: "ERROR"
        case .fatal: "FATAL"
        }
    }

    /// The lowest level that is written.
    ///
    /// `AWS_LAMBDA_LOG_LEVEL` is a floor that Lambda enforces; the others may only raise the threshold above it.
    package static func resolve(from environment: Environment) -> LogLevel {
        let floor = environment["AWS_LAMBDA_LOG_LEVEL"].flatMap(LogLevel.init(name:))
        let wanted = (environment["POWERTOOLS_LOG_LEVEL"] ?? environment["LOG_LEVEL"]).flatMap(LogLevel.init(name:))
        guard let floor, let wanted else { return floor ?? wanted ?? .info }
        return max(floor, wanted)
    }
}
