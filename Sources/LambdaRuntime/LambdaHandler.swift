/// A function's code.
///
/// One handler serves one loop, so one invocation at a time; what it keeps between invocations needs no lock.
package protocol LambdaHandler: Sendable {
    /// Answers one invocation. `event` is its body as received, the result is the response body as sent.
    ///
    /// Throwing reports a function error, whose type and text come from `LambdaError` where the error is one.
    ///
    /// It runs on its loop from the start: an asynchronous function that is not `nonsending` has its executor looked up when
    /// it is called and again when it returns.
    nonisolated(nonsending) func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8]
}
