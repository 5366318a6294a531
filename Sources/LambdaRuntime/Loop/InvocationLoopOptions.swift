/// What differs between the loops of a process and those of a test.
package struct InvocationLoopOptions: Sendable {
    /// Whether `_X_AMZN_TRACE_ID` follows the invocation: only where there is one loop, since a process has one
    /// environment.
    package var setsTraceVariable: Bool
    /// Reported to X-Ray with an error.
    package var workingDirectory: String
    /// The waits between tries to reach the Runtime API.
    package var backoff: Backoff

    package init(
        setsTraceVariable: Bool = false,
        workingDirectory: String = "/var/task",
        backoff: Backoff = Backoff()
    ) {
        self.setsTraceVariable = setsTraceVariable
        self.workingDirectory = workingDirectory
        self.backoff = backoff
    }
}
