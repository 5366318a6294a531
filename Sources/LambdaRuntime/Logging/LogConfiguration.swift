internal import Glibc
package import Platform

/// What all lines of a process have in common; read once at start.
package struct LogConfiguration: Sendable, Equatable {
    /// How a line is written.
    package enum Format: Sendable {
        /// One JSON object a line, with the keys of Powertools.
        case json
        /// Tab-separated, for people.
        case text
    }

    /// Where lines go.
    package enum Destination: Sendable, Equatable {
        /// Lines that end with a newline, to this file descriptor.
        case lines(Int32)
        /// Frames with a header of 16 bytes, which keep lines with newlines whole, to this file descriptor.
        case frames(Int32)

        /// The file descriptor that lines are written to.
        package var descriptor: Int32 {
            switch self {
            case .lines(let descriptor), .frames(let descriptor): descriptor
            }
        }
    }

    /// The lowest level that is written.
    package var level: LogLevel
    /// Whether lines are JSON or text.
    package var format: Format
    /// Where lines go, and how they are framed.
    package var destination: Destination
    /// `POWERTOOLS_SERVICE_NAME`, else the function's name.
    package var service: String?
    /// `AWS_LAMBDA_FUNCTION_NAME`.
    package var functionName: String?
    /// `POWERTOOLS_METRICS_NAMESPACE`; without it there are no metrics.
    package var metricsNamespace: String?

    /// A configuration; without arguments that of a process outside of Lambda, JSON on the standard error.
    package init(
        level: LogLevel = .info,
        format: Format = .json,
        destination: Destination = .lines(2),
        service: String? = nil,
        functionName: String? = nil,
        metricsNamespace: String? = nil
    ) {
        self.level = level
        self.format = format
        self.destination = destination
        self.service = service
        self.functionName = functionName
        self.metricsNamespace = metricsNamespace
    }

    /// The configuration that the variables ask for.
    ///
    /// A value that makes no sense counts as absent: a function must not fail because of how it logs. Nor does a
    /// descriptor make sense that is not open for writing: a connection could get its number, and the lines.
    package init(environment: Environment, isWritable: (Int32) -> Bool = LogConfiguration.isWritable) {
        let name = environment["AWS_LAMBDA_FUNCTION_NAME"]
        self.init(
            level: .resolve(from: environment),
            format: environment["AWS_LAMBDA_LOG_FORMAT"]?.lowercased() == "text" ? .text : .json,
            destination: environment["_LAMBDA_TELEMETRY_LOG_FD"].flatMap(Int32.init)
                .flatMap { isWritable($0) ? .frames($0) : nil } ?? .lines(2),
            service: environment["POWERTOOLS_SERVICE_NAME"] ?? name,
            functionName: name,
            metricsNamespace: environment["POWERTOOLS_METRICS_NAMESPACE"]
        )
    }

    /// Whether the descriptor is open for writing.
    package static func isWritable(_ descriptor: Int32) -> Bool {
        let flags = fcntl(descriptor, F_GETFL)
        return flags >= 0 && flags & O_ACCMODE != O_RDONLY
    }
}

/// How much a log line matters.
///
/// The names are those that Lambda filters by.
package enum LogLevel: Int, Sendable, Comparable, CaseIterable {
    case trace, debug, info, warn, error, fatal

    /// Whether the left level is the less urgent one.
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

    /// The level's name as log lines have it.
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
