internal import Foundation

/// Why a command stops: what is wrong, where, and what to do next.
package struct ToolError: Error, Sendable, Equatable, CustomStringConvertible {
    /// Decides the exit status.
    package enum Code: Sendable, Equatable {
        /// The work was done and its outcome is a failure: a function error, a difference.
        case failed
        /// The command cannot do what it was told: wrong arguments or files, nothing built, nothing running.
        case badUse

        /// 1 and 2, as `scripts/invoke` promises.
        package var exitStatus: Int32 {
            switch self {
            case .failed: 1
            case .badUse: 2
            }
        }
    }

    /// Whether the work failed or could not be begun.
    package let code: Code
    /// What is wrong, where, and what to do next.
    package let description: String

    /// An error of that code, in words for the person who runs the tool.
    package init(_ code: Code, _ description: String) {
        self.code = code
        self.description = description
    }

    /// The command cannot do what it was told.
    package static func badUse(_ description: String) -> ToolError { ToolError(.badUse, description) }
    /// The work was done and its outcome is a failure.
    package static func failed(_ description: String) -> ToolError { ToolError(.failed, description) }

    /// Writes the message to standard error.
    func report() {
        Console.note("error: \(self.description)")
    }
}
