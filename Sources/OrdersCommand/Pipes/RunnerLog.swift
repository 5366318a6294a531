package import PipesRunner
internal import Synchronization

/// What a runner tells, under its name; a failure that repeats itself only once, until it is over.
package final class RunnerLog: Sendable {
    /// Failures that are remembered, each some hundred bytes: services word few of them differently each time.
    private static let capacity = 64

    private let name: String
    private let note: @Sendable (String) -> Void
    /// The failures that were told and are not known to be over, oldest first.
    ///
    /// Shards fail side by side, so that the last one alone would be told again and again.
    private let told = Mutex<[RunnerEvent.Failure]>([])

    /// A log that gives each line to `note`.
    package init(name: String, note: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.note = note
    }

    /// Notes the event, unless it tells nothing new.
    package func write(_ event: RunnerEvent) {
        let isNew = self.told.withLock { told in
            let ended = event.ended
            told.removeAll { ended.contains($0.subject) }
            guard let failure = event.failure else { return true }
            guard !told.contains(failure) else { return false }
            if told.count == Self.capacity { told.removeFirst() }
            told.append(failure)
            return true
        }
        // That deliveries go on is no news: the counts at the end say so.
        if isNew, event != .deliveredAgain { self.note("\(self.name): \(event)") }
    }
}
