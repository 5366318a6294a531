package import Platform

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

/// What a handler is built from, once per loop: N times when `AWS_LAMBDA_MAX_CONCURRENCY` is N.
///
/// The handlers of two loops share nothing that changes.
package struct InitializationContext: Sendable {
    /// The process's variables.
    package let environment: Environment
    /// The loop that will run the handler: the place of its timers and its I/O.
    package let loop: EventLoop
    /// For lines about the start; an invocation has its own in its context.
    package let logger: Logger
    /// The handler's clocks and timers, which are the loop's.
    package var time: any TimeSource { self.loop }

    /// What the handlers of one loop are built from.
    package init(environment: Environment, loop: EventLoop, logger: Logger) {
        self.environment = environment
        self.loop = loop
        self.logger = logger
    }
}
