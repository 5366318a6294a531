internal import Foundation
internal import SimulatedAWS
internal import Simulation
internal import Synchronization

/// Plays seeds side by side, and gives the results in the seeds' order.
final class SeedSession: Sendable {
    private let first: UInt64
    private let count: UInt64?
    private let seconds_: Double?
    /// Nil for those that each seed draws.
    private let functions: Set<FunctionName>?
    private let weakness: Weakness?
    private let isNarrated: Bool
    private let jobs: Int
    private let started = ContinuousClock.now
    private let next: Mutex<UInt64>
    private let results = Results()

    init(
        first: UInt64,
        count: UInt64?,
        seconds: Double?,
        functions: Set<FunctionName>?,
        weakness: Weakness?,
        isNarrated: Bool,
        jobs: Int
    ) {
        self.first = first
        self.count = count
        self.seconds_ = seconds
        self.functions = functions
        self.weakness = weakness
        self.isNarrated = isNarrated
        self.jobs = jobs
        self.next = Mutex(first)
    }

    /// How long the session has lasted.
    var seconds: Double { (ContinuousClock.now - self.started) / .seconds(1) }

    /// Plays all seeds; `report` is called on the calling thread, and `late` with a seed that has not ended for so many seconds.
    func play(_ report: (RunResult) -> Void, late: (_ seed: UInt64, _ seconds: Int) -> Void) {
        for job in 0..<self.jobs {
            let thread = Thread { self.work(job) }
            // As much as a process's first thread has.
            thread.stackSize = 8 * 1_024 * 1_024
            thread.start()
        }
        var seed = self.first
        while let result = self.results.wait(for: seed, jobs: self.jobs, late: late) {
            report(result)
            seed += 1
        }
    }

    private func work(_ job: Int) {
        let player = Player(weakness: self.weakness)
        while let seed = self.take() {
            CrashNote.begin(seed, job: job)
            self.results.add(player.play(Script(seed: seed, functions: self.functions), isNarrated: self.isNarrated))
        }
        self.results.end()
    }

    private func take() -> UInt64? {
        if let limit = self.seconds_, self.seconds > limit { return nil }
        return self.next.withLock { next in
            if let count, next - self.first >= count { return nil }
            // Behind the greatest seed nothing follows, however much time is left.
            if next == .max { return nil }
            next += 1
            return next - 1
        }
    }
}

/// Results that wait for those of the seeds before them.
private final class Results: @unchecked Sendable {  // guarded by the condition
    private let condition = NSCondition()
    private var waiting: [UInt64: RunResult] = [:]
    private var ended = 0

    func add(_ result: RunResult) {
        self.condition.withLock {
            self.waiting[result.script.seed] = result
            self.condition.broadcast()
        }
    }

    func end() {
        self.condition.withLock {
            self.ended += 1
            self.condition.broadcast()
        }
    }

    /// After so many seconds, and each time as many, a seed is late: nearly all take less than a tenth of one.
    private static let patience = 30

    /// The seed's result; nil once nobody plays it any more.
    func wait(for seed: UInt64, jobs: Int, late: (UInt64, Int) -> Void) -> RunResult? {
        let start = ContinuousClock.now
        var told = 0
        return self.condition.withLock {
            while self.waiting[seed] == nil, self.ended < jobs {
                _ = self.condition.wait(until: Date(timeIntervalSinceNow: 1))
                let seconds = Int((ContinuousClock.now - start) / .seconds(1))
                guard seconds >= told + Self.patience else { continue }
                told = seconds
                late(seed, seconds)
            }
            return self.waiting.removeValue(forKey: seed)
        }
    }
}

/// What a session came to.
struct SeedReport {
    private(set) var played = 0
    private(set) var failed: [UInt64] = []
    private var counts: [String: Int] = [:]
    private var virtualSeconds = 0.0
    var seconds = 0.0

    mutating func add(_ result: RunResult) {
        self.played += 1
        self.virtualSeconds += result.seconds
        if !result.hasPassed { self.failed.append(result.script.seed) }
        self.counts.merge(result.counts) { $0 + $1 }
    }

    var text: String {
        let faults = RequestFault.allCases.map(\.rawValue) + DeliveryFault.allCases.map(\.rawValue)
        var lines = ["Faults:"]
        for name in faults { lines.append("  \(Self.padded(self.counts[name] ?? 0))  \(name)") }
        lines.append("What came of it:")
        for (name, count) in self.counts.sorted(by: { $0.key < $1.key }) where !faults.contains(name) {
            lines.append("  \(Self.padded(count))  \(name)")
        }
        let hours = String(format: "%.1f", self.virtualSeconds / 3_600)
        let pace = String(format: "%.0f", Double(self.played) / max(0.001, self.seconds))
        let seconds = String(format: "%.1f", self.seconds)
        lines.append("\(self.played) seeds in \(seconds) s (\(pace) a second), \(hours) hours of their own time")
        if !self.failed.isEmpty {
            lines.append("Failed seeds: " + self.failed.prefix(50).map(String.init).joined(separator: " "))
        }
        lines.append("\(self.played - self.failed.count) passed, \(self.failed.count) failed")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func padded(_ count: Int) -> String {
        let text = String(count)
        return String(repeating: " ", count: max(0, 9 - text.utf8.count)) + text
    }
}
