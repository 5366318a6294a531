package import PipesRunner
internal import Synchronization

/// What a runner tells, under its name; a failure that repeats itself only once, until it is over.
package final class RunnerLog: Sendable {
    /// Failures that are remembered, each some hundred bytes: services word few of them differently each time.
    private static let capacity = 64

    private struct Told {
        let failure: RunnerEvent.Failure
        /// Those in which it is not known to be over.
        var shards: Set<String>
    }

    private let name: String
    private let note: @Sendable (String) -> Void
    /// The failures that were told and are not known to be over, oldest first.
    ///
    /// Shards fail side by side, so that the last one alone would be told again and again; so would one that a shard is
    /// rid of each time while another still has it.
    private let told = Mutex<[Told]>([])

    /// A log that gives each line to `note`.
    package init(name: String, note: @escaping @Sendable (String) -> Void) {
        self.name = name
        self.note = note
    }

    /// Notes the event, unless it tells nothing new.
    package func write(_ event: RunnerEvent) {
        let isNew = self.told.withLock { Self.isNew(event, &$0) }
        if isNew { self.note("\(self.name): \(event)") }
    }

    private static func isNew(_ event: RunnerEvent, _ told: inout [Told]) -> Bool {
        let ended = event.ended
        for index in told.indices where ended.contains(told[index].failure.subject) {
            told[index].shards.remove(event.shardID)
        }
        let count = told.count
        told.removeAll { $0.shards.isEmpty }
        switch event {
        // That deliveries go on is no news: the counts at the end say so.
        case .deliveredAgain: return false
        // Not while another shard still has the failure.
        case .readAgain: return told.count < count
        default: break
        }
        guard let failure = event.failure else { return true }
        if let index = told.firstIndex(where: { $0.failure == failure }) {
            told[index].shards.insert(event.shardID)
            return false
        }
        if told.count == Self.capacity { told.removeFirst() }
        told.append(Told(failure: failure, shards: [event.shardID]))
        return true
    }
}
