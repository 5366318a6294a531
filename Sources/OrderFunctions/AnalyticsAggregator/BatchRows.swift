internal import AWSClient
internal import LambdaEvents
internal import Orders

/// What the records of a batch add to rows, and what is known of these rows.
///
/// A row is named by its place among the batch's rows, so that its key is looked up once for each record that adds to it.
struct BatchRows: Sendable {
    /// One of the rows.
    private struct Row: Sendable {
        let key: CounterKey
        /// The first and the last of its `additions`.
        var first: Int32
        var last: Int32
        /// Whether the process has not added to it yet from the shard.
        var isUnknown = false
    }

    /// What a record adds to a row: one of the record's own rows.
    private struct Addition: Sendable {
        let record: Int32
        let place: Int32
        /// The row's next addition; -1 behind the last.
        var next: Int32 = -1
    }

    /// The records' sequence numbers and rows, in the batch's order.
    private var records: [(number: SequenceNumber?, rows: [CounterRow])] = []
    /// What is added to all rows, in the records' order: one array, since most rows of a batch have few additions.
    private var additions: [Addition] = []
    /// The rows in the order in which they appear.
    private var rows: [Row] = []
    private var places: RowPlaces
    /// The first two rows of the last record; -1 for none.
    private var recentRows: InlineArray<2, Int> = [-1, -1]
    /// The rows that the process has added to from the batch's shard.
    private let known: Set<CounterKey>
    /// The rows that have the shard's position, and so their counters.
    private(set) var ready: [Int] = []
    /// The rows that were not there when they were read.
    private(set) var missing: [Int] = []
    /// The rows of which nothing is known, or that are there without the shard's position.
    private(set) var others: [Int] = []
    /// The rows that were unknown, and have been added to since.
    private(set) var learnt: Set<CounterKey> = []
    /// Records of redrives that have owned a record's claim before, by the record.
    ///
    /// Where one of them comes once more at this very moment, each row counts the one that comes first.
    private var excluded: [Int: Set<StreamPlace>] = [:]
    /// The union of `excluded`: at most so many redrives stand in the condition of one row.
    private var allExcluded: Set<StreamPlace> = []

    /// Fewer rows that nothing is known of are not worth a request of their own.
    private static let fewestRead = 3

    /// Of a batch of so many records; the process has added to `known` from the batch's shard.
    init(known: Set<CounterKey>, records: Int) {
        self.known = known
        self.places = RowPlaces(reservingCapacity: known.count)
        self.records.reserveCapacity(records)
    }

    /// Notes what the batch's next record adds.
    mutating func add(_ rows: [CounterRow], number: SequenceNumber?) {
        let record = Int32(self.records.count)
        self.records.append((number, rows))
        for place in rows.indices {
            let addition = Int32(self.additions.count)
            self.additions.append(Addition(record: record, place: Int32(place)))
            let row = self.place(of: rows[place].key, like: place)
            if row < self.rows.count {
                self.additions[Int(self.rows[row].last)].next = addition
                self.rows[row].last = addition
            } else {
                self.rows.append(Row(key: rows[place].key, first: addition, last: addition))
            }
        }
    }

    /// The row of that key; the number of rows if there is none.
    ///
    /// `place` is the key's among those of its record.
    private mutating func place(of key: CounterKey, like place: Int) -> Int {
        // Orders of one day and currency have two rows in common, which come first.
        if place < 2, self.recentRows[place] >= 0, self.rows[self.recentRows[place]].key == key {
            return self.recentRows[place]
        }
        let row = self.places.insert(key, self.rows.count) { self.rows[$0].key }
        if place < 2 { self.recentRows[place] = row }
        return row
    }

    /// The key of a row by its place.
    func key(of row: Int) -> CounterKey { self.rows[row].key }

    /// Sorts the rows by what is known of them, and gives those that should be read.
    mutating func sort() -> [Int] {
        var unknown: [Int] = []
        for row in CounterKey.places(inOrderOf: self.rows.map(\.key)) {
            if !self.excluded(of: row, behind: nil).isEmpty {
                // No statement can exclude records of redrives.
                self.others.append(row)
            } else if self.known.contains(self.rows[row].key) {
                self.ready.append(row)
            } else {
                self.rows[row].isUnknown = true
                unknown.append(row)
            }
        }
        if unknown.count >= Self.fewestRead { return unknown }
        self.others += unknown
        return []
    }

    /// Takes what was found of rows that were read; nil where reading them failed.
    mutating func found(_ items: [AttributeMap]?, of rows: [Int], position: String) {
        guard let items else {
            self.others += rows
            return
        }
        // By the rows that are there: their positions, or nil.
        var positions: [RowName: SequenceNumber?] = [:]
        for item in items {
            guard let name = RowName(item) else { continue }
            // A row of another format shows it when it is to be updated, alone.
            let isKnown = AnalyticsTable.isOfThisFormat(item)
            positions[name] = .some(isKnown ? AnalyticsTable.position(position, in: item) : nil)
        }
        for row in rows {
            switch positions[RowName(self.rows[row].key)] {
            case .some(let position?) where self.hasCountedAll(row, position): self.learn(row)
            case .some(.some): self.ready.append(row)
            case .some(nil): self.others.append(row)
            case nil: self.missing.append(row)
            }
        }
    }

    /// Whether a row with this position has counted, by an earlier delivery, all that the batch adds to it.
    ///
    /// An update would only be refused, and a batch of more rows than an invocation has time for would never come to the rest.
    /// The read is eventually consistent: a position that is out of date is an earlier one, so that at worst the row's update is
    /// sent and refused.
    private func hasCountedAll(_ row: Int, _ position: SequenceNumber) -> Bool {
        let last = self.additions[Int(self.rows[row].last)].record
        return self.records[Int(last)].number.map { $0 <= position } ?? false
    }
}

// MARK: Additions

extension BatchRows {
    /// Hands each record that a row has to add behind a position, and what it adds, to `body`; all of them where there is no
    /// position.
    private func forEachAddition(
        to row: Int,
        behind position: SequenceNumber?,
        _ body: (_ record: Int, CounterDelta) -> Void
    ) {
        var next = self.rows[row].first
        while next >= 0 {
            let addition = self.additions[Int(next)]
            next = addition.next
            let record = Int(addition.record)
            if let position, self.records[record].number.map({ $0 <= position }) ?? true { continue }
            body(record, self.records[record].rows[Int(addition.place)].delta)
        }
    }

    /// The update that adds what a row has to add behind a position, or in all; nil if that is nothing.
    func update(
        of row: Int,
        behind position: SequenceNumber?,
        expecting expectation: RowUpdate.Expectation,
        last: SequenceNumber
    ) -> RowUpdate? {
        var sum: (first: Int, delta: CounterDelta)?
        self.forEachAddition(to: row, behind: position) { record, delta in
            do {
                sum = try sum.map { ($0.first, try $0.delta.adding(delta)) } ?? (record, delta)
            } catch {
                // An amount has 18 digits before its point, a sum 29, and an event of 6 MB fewer than a million orders.
                preconditionFailure("\(error)")
            }
        }
        guard let sum else { return nil }
        return RowUpdate(
            row: CounterRow(self.rows[row].key, sum.delta),
            place: row,
            first: sum.first,
            expectation: expectation,
            last: last,
            excluded: self.excluded(of: row, behind: position)
        )
    }

    /// Notes that a record adds to no row that has counted one of these records; whether a row's update still has room for
    /// all of them.
    mutating func exclude(_ redrives: Set<StreamPlace>, by record: Int) -> Bool {
        if redrives.isEmpty { return true }
        self.excluded[record] = redrives
        self.allExcluded.formUnion(redrives)
        return self.allExcluded.count <= Self.mostExcluded
    }

    /// An update's condition and its changes have 38 and 27 bytes for each; an expression has 4 KB at most ("Service, account,
    /// and table quotas in Amazon DynamoDB", expression length).
    private static let mostExcluded = 90
    /// Why the records from one on are left for the next delivery.
    static let tooManyExcluded =
        "more than \(mostExcluded) redrives have counted orders of this batch in part; the rest comes with the next delivery"

    /// The records that a row must not have counted for what it has to add behind a position, or in all.
    func excluded(of row: Int, behind position: SequenceNumber?) -> Set<StreamPlace> {
        if self.excluded.isEmpty { return [] }
        var all: Set<StreamPlace> = []
        self.forEachAddition(to: row, behind: position) { record, _ in all.formUnion(self.excluded[record] ?? []) }
        return all
    }

    /// Takes from a row what the row has counted with these records.
    mutating func remove(countedAs redrives: Set<StreamPlace>, from row: Int) {
        if redrives.isEmpty { return }
        var (first, last): (Int32, Int32) = (-1, -1)
        var next = self.rows[row].first
        while next >= 0 {
            let addition = self.additions[Int(next)]
            if (self.excluded[Int(addition.record)] ?? []).isDisjoint(with: redrives) {
                if last < 0 { first = next } else { self.additions[Int(last)].next = next }
                last = next
            }
            next = addition.next
        }
        if last >= 0 { self.additions[Int(last)].next = -1 }
        (self.rows[row].first, self.rows[row].last) = (first, last)
    }

    /// Notes of the records whose sum an update is that they are counted, unless they have another fate.
    func count(_ update: RowUpdate, in fates: inout [RecordFate]) {
        self.forEachAddition(to: update.place, behind: update.expectation.position) { record, _ in
            if fates[record] == .pending { fates[record] = .counted }
        }
    }
}

extension RowUpdate.Expectation {
    /// Behind which record the update adds; nil for all of the batch.
    fileprivate var position: SequenceNumber? {
        if case .at(let position) = self { position } else { nil }
    }
}

// MARK: What is learnt

extension BatchRows {
    /// Whether a statement was refused since its row is otherwise than it seemed, so that an update of its own makes what is
    /// missing, or says what is wrong.
    static func isOtherwiseThanItSeemed(_ error: AWSError, position: String) -> Bool {
        switch error.code {
        // The row is gone, or another shard has made it anew.
        case .conditionalCheckFailed:
            error.item.map { AnalyticsTable.isOfThisFormat($0) && $0[position] == nil } ?? true
        // A counter is missing.
        case .validation: true
        // The row is there by now.
        case .duplicateItem: true
        default: false
        }
    }

    /// Notes that a row has the shard's position.
    mutating func learn(_ row: Int) {
        guard self.rows[row].isUnknown else { return }
        self.rows[row].isUnknown = false
        self.learnt.insert(self.rows[row].key)
    }
}
