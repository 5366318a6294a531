package import ArchiveAccounts
package import Orders
internal import Platform

/// What an audit found: the archive against the tables.
struct AuditFindings: Sendable {
    var differences: [CounterDifference] = []
    /// Faults of objects by which the compared days are judged.
    private(set) var faults: [ArchiveFold.Finding] = []
    /// Faults of objects from before them, which only tell what comes again.
    private(set) var earlierFaults: [ArchiveFold.Finding] = []
    /// What of its records the archive has.
    let extent: ArchiveExtent
    /// The days whose rows are compared.
    let days: ComparedDays
    /// Whether of rows of the compared days it cannot be told which repetitions count in them.
    private(set) var hasUndecidedRows = false
    /// Accepted orders of the archive that have no row in the Orders table.
    var missingOrders: [MissingOrder] = []
    /// Where the records are whose orders have the id of another, which the aggregator dead-letters.
    var conflicts: [String] = []
    /// Which objects have events of others, and how many: they count once.
    var copies: [String] = []
    var repetitions = 0
    /// Events that count a second time, since the claims of the first had ended, or nothing remembers any.
    var countedAgain = 0
    /// What remembers that an event was counted, and for how long, for people.
    var memory = ""
    /// Events that are behind the aggregator's checkpoints, and may still be delivered.
    var pending = 0
    /// The last record of each shard that left the stream before the aggregator counted it, by shard: what is up to there will
    /// never be delivered.
    var lost: [String: String] = [:]
    /// Those of them that came so long ago that it should have counted them.
    var overdue = 0
    /// Rows that agree as far as can be told, since orders of them were being counted.
    var rowsInMotion = 0
    /// How many rows of the compared days there are, in the archive or in the table.
    var rows = 0
    var records = 0
    /// Those of them that nobody has read, since processes died of them: a redrive may have counted what is in them.
    var deadly = 0
    /// Those of them in objects by which the compared days are judged.
    private(set) var judgedDeadly = 0
    /// How many of them were orders when they were archived, and are refused now, by the compared days that they counted in.
    var refusedSince: [Day: Int] = [:]
    var objects = 0
    /// The shards of which there are objects.
    var shardIDs: Set<String> = []

    /// Where the line of an order is that has no row.
    struct MissingOrder: Sendable {
        /// The object.
        let key: String
        /// From 1.
        let line: Int
    }

    /// What the rows say; `behind` is how many records were read from the stream.
    init(
        _ compared: CounterDifference.Findings,
        _ archived: RebuiltCounters,
        _ totals: EventFiles.Totals,
        _ extent: ArchiveExtent,
        _ days: ComparedDays,
        behind: Int
    ) {
        self.extent = extent
        self.days = days
        self.differences = compared.differences
        self.rowsInMotion = compared.rowsInMotion
        self.repetitions = archived.summary.repetitions
        self.countedAgain = archived.summary.countedAgain
        self.rows = compared.rows
        self.records = totals.records + behind
        self.deadly = totals.deadly
        self.judgedDeadly = totals.deadly
        self.objects = totals.objects
    }

    /// Where records are missing.
    var gaps: [ArchiveExtent.Gap] { self.extent.gaps }

    /// Notes of which rows it cannot be told which repetitions count in them, what counts a second time in others, and
    /// which differ only perhaps.
    mutating func note(undecided rows: Set<CounterKey>, _ secondCounts: [CounterKey: SecondCounts]) {
        self.hasUndecidedRows = !rows.isEmpty
        for index in self.differences.indices {
            self.differences[index].noteDoubts(self.extent, undecided: rows, secondCounts)
        }
    }

    /// Notes what is wrong with objects, and which of it cannot bear on the compared days.
    mutating func note(faults: [ArchiveFold.Finding], _ earlier: EarlierDoubts) {
        self.faults = faults.filter { !earlier.keys.contains($0.key) }
        self.earlierFaults = faults.filter { earlier.keys.contains($0.key) }
        self.judgedDeadly = self.deadly - earlier.deadly
    }

    /// What a repair does with a row that differs.
    func decision(on difference: CounterDifference, countable: Int, _ wishes: RepairWishes) -> RepairDecision {
        RepairDecision(difference, countable: countable, self.extent, deadly: self.judgedDeadly, wishes)
    }

    /// Whether the tables and the archive agree, and the archive is whole, on a day at least if there is one.
    var isClean: Bool {
        self.differences.isEmpty && self.faults.isEmpty && self.earlierFaults.isEmpty && self.gaps.isEmpty
            && self.missingOrders.isEmpty && self.overdue == 0 && !self.days.areAllLeftOut
    }
}

extension CounterDifference {
    /// Notes why the table may be right although it differs: what the archive may lack, the rows of which it cannot
    /// tell which repetitions count in them, and what counts a second time in rows.
    package mutating func noteDoubts(
        _ extent: ArchiveExtent,
        undecided rows: Set<CounterKey>,
        _ secondCounts: [CounterKey: SecondCounts]
    ) {
        self.isUndecided = rows.contains(self.key)
        self.secondCounts = secondCounts[self.key]
        self.mayLackEarlier = !extent.isRepairable(self.key.day)
    }

    /// Why the table may be right although it differs, for people; nil where nothing says so.
    private var doubt: String? {
        if self.isUndecided { return "it has repetitions of what the archive may no longer have" }
        if self.mayLackEarlier { return "the archive may no longer have all that came before it" }
        return self.countedOnceUntilDay.map { "what came again may not have counted until \($0.text)" }
    }

    /// The day of `countedOnceUntil`.
    package var countedOnceUntilDay: Day? {
        self.countedOnceUntil.map { Day(UTCInstant(millisecondsSince1970: $0)) }
    }

    /// `REVENUE#2025-08-27 EUR`, and what each side has: one line for each counter that differs.
    package var lines: [String] {
        let name = "\(self.key.partitionKey) \(self.key.sortKey)"
        let notes =
            (self.letters.all > 0 ? ", \(self.letters.all.counting("dead letter")) about it" : "")
            + (self.letters.countable > 0 ? ", \(self.letters.countable) of which a redrive would count" : "")
            + (self.isInMotion ? ", in motion" : "")
            + (self.doubt.map { ", perhaps right: \($0)" } ?? "")
        guard let archived, let counted else {
            let what =
                self.archived == nil
                ? "is in the table, and nothing of the archive counts there" : "is not in the table"
            return ["\(name) \(what): \((self.archived ?? self.counted).map(AuditFindings.text) ?? "")\(notes)"]
        }
        return zip(archived.attributes, counted.attributes).filter { $0.number != $1.number }.map { right, wrong in
            "\(name) \(right.name): archive \(right.number), table \(wrong.number)\(notes)"
        }
    }
}

extension AuditFindings {
    /// A row's counters: `Value 12.5, Count 2`.
    static func text(_ delta: CounterDelta) -> String {
        delta.attributes.map { "\($0.name) \($0.number)" }.joined(separator: ", ")
    }
}
