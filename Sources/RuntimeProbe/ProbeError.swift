internal import LambdaRuntime

/// A failure whose message holds what breaks careless JSON.
struct ProbeError: LambdaError {
    var errorType: String { "Function.ProbeFailure" }
    var errorMessage: String { "failed before the answer:\n\ta tab and a \"quote\"" }
}
