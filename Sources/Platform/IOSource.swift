/// What an `EventLoop` waits for besides its timers: the transfers of an HTTP client, for example.
///
/// Its loop calls it on its own thread only.
package protocol IOSource: AnyObject {
    /// Whether anything is under way that `poll` could report.
    var hasPendingWork: Bool { get }

    /// Performs what is ready and resumes the tasks whose operations are done. If nothing was ready, it waits until
    /// something is, `wakeDescriptor` becomes readable, or `milliseconds` have passed (negative: no limit).
    func poll(waitingAtMost milliseconds: Int32, wakeDescriptor: Int32)
}
