package import Platform

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

    package init(environment: Environment, loop: EventLoop, logger: Logger) {
        self.environment = environment
        self.loop = loop
        self.logger = logger
    }
}
