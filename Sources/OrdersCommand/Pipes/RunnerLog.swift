package import PipesRunner
internal import Synchronization

/// What a runner tells, under its name; a failure that repeats itself only once.
package final class RunnerLog: Sendable {
    private let name: String
    private let note: @Sendable (String) -> Void
    /// Of the last event.
    private let last = Mutex<String?>(nil)

    /// A log that gives each line to `note`.
    package init(name: String, note: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.note = note
    }

    /// Notes the event, unless it repeats the one before.
    package func write(_ event: RunnerEvent) {
        let key = event.repetitionKey
        let isRepeated = self.last.withLock { last in
            defer { last = key }
            return key != nil && key == last
        }
        if !isRepeated { self.note("\(self.name): \(event)") }
    }
}
