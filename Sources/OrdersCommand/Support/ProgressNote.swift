internal import Foundation
internal import Platform
internal import Synchronization

/// Says once a second, on standard error, how far a long work is; nothing of a short one.
final class ProgressNote: Sendable {
    private let unit: String
    private let total: Int?
    private let told = Mutex(SystemClock.uptime)

    /// `unit` stands behind the number: `days read`.
    init(unit: String, total: Int? = nil) {
        self.unit = unit
        self.total = total
    }

    /// `count` is done.
    func update(_ count: Int) {
        let now = SystemClock.uptime
        let isDue = self.told.withLock { told in
            guard now - told >= .seconds(1), count != self.total else { return false }
            told = now
            return true
        }
        if isDue { Console.note("\(count)\(self.total.map { " of \($0)" } ?? "") \(self.unit)") }
    }
}
