internal import PipesRunner
internal import Synchronization

/// What a runner tells, on standard error, under its name; the same line again and again only once.
final class RunnerLog: Sendable {
    private let name: String
    private let last = Mutex("")

    init(name: String) {
        self.name = name
    }

    func write(_ event: RunnerEvent) {
        let line = "\(self.name): \(event)"
        let isNew = self.last.withLock { last in
            defer { last = line }
            return last != line
        }
        if isNew { Console.note(line) }
    }
}
