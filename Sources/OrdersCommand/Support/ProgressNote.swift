internal import Foundation
internal import Platform
internal import Synchronization

/// Says once a second, or as often as is given, on standard error how far a long work is; nothing of a short one.
final class ProgressNote: Sendable {
    private let unit: String
    private let total: Int?
    private let interval: Duration
    private let told = Mutex(SystemClock.uptime)

    /// `unit` stands behind the number: `days read`.
    init(unit: String, total: Int? = nil, interval: Duration = .seconds(1)) {
        self.unit = unit
        self.total = total
        self.interval = interval
    }

    /// `count` is done.
    func update(_ count: Int) {
        let now = SystemClock.uptime
        let isDue = self.told.withLock { told in
            guard now - told >= self.interval, count != self.total else { return false }
            told = now
            return true
        }
        if isDue { Console.note("\(count)\(self.total.map { " of \($0)" } ?? "") \(self.unit)") }
    }
}
