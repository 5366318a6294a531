internal import ArchiveAccounts
internal import Orders
internal import Platform

extension AuditFindings {
    /// So many of a kind are named.
    private static let maximumNamed = 50

    /// The lines for people: what was looked at, then each kind of finding.
    var lines: [String] {
        let again = self.countedAgain > 0 ? "\(self.countedAgain.counting("event")) counted a second time, " : ""
        var lines = [
            "\(self.objects.counting("object")), \(self.records.counting("record")), \(self.rows.counting("row")); "
                + "\(self.repetitions.counting("repetition")), \(again)"
                + "\(self.conflicts.count.counting("other order")) under a used id"
                + (self.pending > 0 ? "; \(self.pending.counting("event")) not counted yet" : "")
                + (self.rowsInMotion > 0 ? "; \(self.rowsInMotion.counting("row")) in motion" : "")
                + (self.deadly > 0 ? "; \(self.deadly.counting("record")) that a process died of" : "")
        ]
        lines += self.days.lines
        // The first two are no findings: what an object has of one that it begins inside is counted once, and rules may change.
        lines += Self.section("records of another object, counted once", self.copies)
        lines += Self.section(
            "records that were accepted when they were archived, and are refused by the rules of now",
            self.refusedSince.sorted { $0.key < $1.key }.map { "\($0.key.text): \($0.value.counting("record"))" }
        )
        lines += Self.section(
            "rows differ",
            self.differences.filter { $0.countedOnceUntil == nil }.flatMap(\.lines)
        )
        lines += self.repeatedLines
        lines += Self.section(
            "faults in objects",
            self.faults.map(\.text)
        )
        lines += Self.section(
            "faults in objects from before what judges these days",
            self.earlierFaults.map(\.text)
        )
        lines += Self.section("gaps in shards", self.gaps.map { $0.text + $0.advice(today: self.extent.today) })
        lines += Self.section(
            "orders without a row in the Orders table",
            self.missingOrders.map { "\($0.key) line \($0.line)" }
        )
        if self.overdue > 0 {
            lines += [
                "",
                "\(self.overdue.counting("event")) of over a quarter of an hour ago not counted yet: orders doctor says whether "
                    + "the aggregator is stopped or behind.",
            ]
        }
        if self.isClean { lines.append(self.days.conclusion(rows: self.rows)) }
        return lines
    }

    /// The rows that differ by what came more than once, and what tells whether they are right.
    private var repeatedLines: [String] {
        let rows = self.differences.filter { $0.countedOnceUntil != nil }
        guard let day = rows.compactMap(\.countedOnceUntilDay).max() else { return [] }
        var lines = Self.section("rows differ by events that came more than once", rows.flatMap(\.lines))
        // When it was changed nothing tells but this: later events that came again may be missing in the rows, or not.
        lines.append(
            "By the parameters of now (\(self.memory)) such events count again. These rows can only be right if "
                + "Deduplication or StreamRetentionDays was changed, and not before \(day.text), so that the events "
                + "did not count when they came: a repair leaves the rows without --repeated."
        )
        return lines
    }

    private static func section(_ title: String, _ found: [String]) -> [String] {
        guard !found.isEmpty else { return [] }
        return ["", "\(title):"] + TerminalText.list(found, maximum: self.maximumNamed)
    }
}
