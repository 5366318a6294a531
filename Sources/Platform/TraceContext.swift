/// The trace that the work of a task belongs to, for what the task asks of others.
///
/// A value of the task, since a process may work on several invocations at once.
package enum TraceContext {
    /// What goes with requests as `X-Amzn-Trace-Id`; nil outside of a trace.
    ///
    /// X-Ray follows an order by it, and Lambda finds functions that call each other without end.
    @TaskLocal package static var header: String?
}
