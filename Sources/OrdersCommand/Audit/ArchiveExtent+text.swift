internal import ArchiveAccounts
package import Orders
internal import Platform

extension ArchiveExtent {
    /// Until when records are missing, and which days are whole; nil where every shard's first record is there.
    package var beginning: String? {
        guard let missing = self.missingUntil, let whole = self.firstWholeDay else { return nil }
        return "records are missing up to \(missing.text); days before \(whole.text) are not whole"
    }

    /// Which rows the archive may add up wrongly, for people; none where it has every shard's first record.
    ///
    /// `undecided` are those of which it cannot be told which repetitions count in them.
    package func doubts(of undecided: Set<CounterKey>) -> [String] {
        guard self.missingUntil != nil, let repairable = self.firstRepairableDay else { return [] }
        var lines = [
            "rows of days before \(repairable.text) may be wrong: they may have repetitions of what the archive may no "
                + "longer have"
        ]
        let later = undecided.count { self.isRepairable($0.day) }
        if later > 0 {
            lines.append("so may \(later.counting("row")) of later days, whose orders repeat one another from then on")
        }
        return lines
    }
}

extension ArchiveExtent.Gap {
    /// Which records are missing, for people.
    package var text: String {
        let start = self.records.behind.map { "behind \($0)" } ?? "from its beginning"
        let end =
            self.records.before.map { "up to \(self.records.last), before the object \($0)" }
            ?? "up to the archiver's checkpoint \(self.records.last)"
        let arrival = self.latest.map { ", of \($0.text) or before" } ?? ""
        return "\(self.records.shardID): no object has the records \(start), \(end)\(arrival)"
    }

    /// What can be done about them today, to follow the text; empty where nothing can.
    package func advice(today: Day) -> String {
        guard let auditableFrom else { return "" }
        // A span that begins in the future is refused.
        return "; deleted, or expired while ArchiveExpirationDays was less: "
            + (auditableFrom <= today
                ? "days from \(auditableFrom.text) on can be audited by --from"
                : "no day can be audited without them before \(auditableFrom.text)")
    }
}
