internal import Platform

/// An error that chooses how its failure is reported.
///
/// Of any other error the name of its Swift type is reported.
package protocol LambdaError: Error {
    /// What alarms and retries can be bound to: `Function.` or `Runtime.` and a name of letters that begins with a
    /// capital, such as `Function.OrderDecodingError`. Lambda turns anything else into `Unknown`.
    var errorType: String { get }
    /// What is wrong, where, and what to do. No personal data: the caller and the logs see it.
    var errorMessage: String { get }
}

extension EnvironmentError: LambdaError {
    package var errorType: String { "Runtime.ConfigurationError" }
    package var errorMessage: String { self.description }
}
