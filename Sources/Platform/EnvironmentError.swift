/// A variable that keeps a function from starting.
///
/// It never repeats the value: that may be a secret.
package struct EnvironmentError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong with the variable.
    package enum Code: Sendable, Equatable {
        case missing
        case malformed
    }

    package let code: Code
    /// The variable's name.
    package let name: String
    package let description: String

    package static func missing(_ name: String) -> EnvironmentError {
        EnvironmentError(
            code: .missing,
            name: name,
            description: "environment variable \(name) is not set: set it in the function's configuration"
        )
    }

    package static func malformed(_ name: String, expected: String) -> EnvironmentError {
        EnvironmentError(
            code: .malformed,
            name: name,
            description: "environment variable \(name) must be \(expected): correct the function's configuration"
        )
    }
}
