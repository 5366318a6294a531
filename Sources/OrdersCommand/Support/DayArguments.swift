internal import ArgumentParser
internal import Orders
internal import Platform

/// `--day`, or `--from` and `--to`.
enum DayArguments {
    /// Nil where none is given.
    static func span(day: String?, from: String?, to: String?) throws -> DaySpan? {
        if let day {
            guard from == nil, to == nil else {
                throw ValidationError("--day stands alone; a span is --from and --to.")
            }
            return DaySpan(try self.day(day, "--day"))
        }
        guard let from else {
            if to != nil { throw ValidationError("--to goes with --from.") }
            return nil
        }
        let first = try self.day(from, "--from")
        let last = try to.map { try self.day($0, "--to") } ?? Day(SystemClock.now)
        guard let span = DaySpan(from: first, to: last) else {
            throw ValidationError("--from \(first) is after \(to == nil ? "today" : "--to") \(last).")
        }
        return span
    }

    private static func day(_ text: String, _ option: String) throws -> Day {
        guard let day = Day(text) else {
            throw ValidationError("\(option) \(text) is not a day of the calendar, as 2025-08-27.")
        }
        return day
    }
}
