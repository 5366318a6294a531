internal import LambdaRuntime
package import Platform

/// Whether a function logs a line for each order that went as it should: `ORDER_LOG`.
///
/// CloudWatch bills what comes in, and for the processors most of it are these lines. Lines of batches, of what was refused
/// and of what failed are logged in either case.
package enum OrderLog: String, Sendable {
    /// A line for each order, besides those of batches.
    case all
    /// Counts of batches only.
    case none

    /// Logs a line about one order, unless there is to be none.
    func info(_ logger: Logger, _ message: String, _ fields: @autoclosure () -> KeyValuePairs<String, LogValue>) {
        if self == .all { logger.info(message, fields()) }
    }
}

extension Environment {
    /// Whether there is a line for each order, from `ORDER_LOG` (`all`).
    package func orderLog() throws -> OrderLog {
        try self.optional("ORDER_LOG", "all or none") { OrderLog(rawValue: $0) } ?? .all
    }
}
