internal import AWSClient
internal import LambdaEvents
internal import Orders

/// What the records of a batch add to rows, and what is known of these rows.
struct BatchRows: Sendable {
    /// What one record adds to a row.
    struct Addition: Sendable {
        /// The record's place in the batch.
        let record: Int
        let number: SequenceNumber?
        let delta: CounterDelta
    }

    /// What is added to each row, in the order in which the rows appear.
    private var additions: [[Addition]] = []
    /// The rows' places in `additions`.
    private var places: [CounterKey: Int] = [:]
    /// The rows that the process has added to from the batch's shard.
    private let known: Set<CounterKey>
    /// The rows that have the shard's position, and so their counters.
    private(set) var ready: [CounterKey] = []
    /// The rows that were not there when they were read.
    private(set) var missing: [CounterKey] = []
    /// The rows of which nothing is known, or that are there without the shard's position.
    private(set) var others: [CounterKey] = []
    /// The rows that the process has not added to yet from the shard.
    private var unknown: Set<CounterKey> = []
    /// The rows that were unknown, and have been added to since.
    private(set) var learnt: Set<CounterKey> = []
    /// The rows to which an update that was refused may have been added nevertheless, by an attempt whose answer was lost.
    private var unsure: Set<CounterKey> = []
    /// Records of redrives that have owned a record's claim before, by the record.
    ///
    /// Where one of them comes once more at this very moment, each row counts the one that comes first.
    private var excluded: [Int: Set<StreamPlace>] = [:]

    /// Fewer rows that nothing is known of are not worth a request of their own.
    private static let fewestRead = 3

    init(known: Set<CounterKey>) { self.known = known }

    /// Notes what the record at a place of the batch adds.
    mutating func add(_ rows: [CounterRow], of record: Int, number: SequenceNumber?) {
        for row in rows {
            let addition = Addition(record: record, number: number, delta: row.delta)
            if let place = self.places[row.key] {
                self.additions[place].append(addition)
            } else {
                self.places[row.key] = self.additions.count
                self.additions.append([addition])
            }
        }
    }

    /// Sorts the rows by what is known of them, and gives those that should be read.
    mutating func sort() -> [CounterKey] {
        var unknown: [CounterKey] = []
        // By a closure: `sorted()` would look up how keys are compared at each comparison.
        for key in self.places.keys.sorted(by: { $0 < $1 }) {
            if !self.excluded.isEmpty, !self.excluded(by: self.additions(to: key, behind: nil)).isEmpty {
                // No statement can exclude records of redrives.
                self.others.append(key)
            } else if self.known.contains(key) {
                self.ready.append(key)
            } else {
                unknown.append(key)
            }
        }
        self.unknown = Set(unknown)
        if unknown.count >= Self.fewestRead { return unknown }
        self.others += unknown
        return []
    }

    /// Takes what was found of rows that were read; nil where reading them failed.
    mutating func found(_ items: [AttributeMap]?, of keys: [CounterKey], position: String) {
        guard let items else {
            self.others += keys
            return
        }
        var isReady: [AttributeMap: Bool] = [:]
        for item in items {
            isReady[AnalyticsTable.key(in: item)] = AnalyticsTable.position(position, in: item) != nil
        }
        for key in keys {
            switch isReady[AnalyticsTable.key(of: key)] {
            case true?: self.ready.append(key)
            case false?: self.others.append(key)
            case nil: self.missing.append(key)
            }
        }
    }

    /// Notes that a record adds to no row that has counted one of these records.
    mutating func exclude(_ redrives: Set<StreamPlace>, by record: Int) {
        if !redrives.isEmpty { self.excluded[record] = redrives }
    }

    /// The records that a row must not have counted for these additions.
    func excluded(by additions: [Addition]) -> Set<StreamPlace> {
        if self.excluded.isEmpty { return [] }
        return additions.reduce(into: []) { all, addition in all.formUnion(self.excluded[addition.record] ?? []) }
    }

    /// Takes from a row what the row has counted with these records.
    mutating func remove(countedAs redrives: Set<StreamPlace>, from key: CounterKey) {
        guard !redrives.isEmpty, let place = self.places[key] else { return }
        self.additions[place].removeAll { !(self.excluded[$0.record] ?? []).isDisjoint(with: redrives) }
    }

    /// The records that a row has to add behind a position; all of them where there is none.
    func additions(to key: CounterKey, behind position: SequenceNumber?) -> [Addition] {
        let all = self.places[key].map { self.additions[$0] } ?? []
        guard let position else { return all }
        return all.filter { $0.number.map { $0 > position } ?? false }
    }

    /// The records whose sum an update is.
    func additions(of update: RowUpdate) -> [Addition] {
        switch update.expectation {
        case .before: self.additions(to: update.row.key, behind: nil)
        case .at(let position): self.additions(to: update.row.key, behind: position)
        }
    }

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
    mutating func learn(_ key: CounterKey) {
        // Mostly all are known, and hashing each of a thousand keys would cost a percent of the batch.
        if !self.unknown.isEmpty, self.unknown.remove(key) != nil { self.learnt.insert(key) }
    }

    /// Notes that an update of the row was refused, but perhaps only its repetition was.
    mutating func doubt(_ key: CounterKey) { self.unsure.insert(key) }

    /// Whether there was such a doubt, which is over now.
    mutating func settleDoubt(of key: CounterKey) -> Bool { self.unsure.remove(key) != nil }
}
