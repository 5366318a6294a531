internal import AWSClient
internal import LambdaEvents
internal import Orders
internal import Platform

/// Decides how one shard's batch is counted, step by step, without I/O.
///
/// Claims come first, then dead letters, then rows, then the checkpoint: what is said to be done is done. Each step may be
/// cut off anywhere and come again, in another cut, beside another invocation that was given up and goes on, or late. Whether
/// a record counts follows from its claim alone, and a row adds each record of a shard once, by the position that it keeps of
/// the shard, so that no order of these steps counts anything twice.
struct ShardMachine: Sendable {
    private enum Phase { case claims, letters, rows, updates, checkpoint, done }

    private let batch: ShardBatch
    private let table: AnalyticsTable
    /// The attribute of rows that says how far they have counted the batch's shard.
    private let position: String
    private var records: [AggregationPlan.Record]
    private var fates: [RecordFate]
    private var sales = CountedSales()
    private var phase = Phase.claims
    private var pending: [Action] = []
    private var running = 0
    /// The events, in the order in which they appear.
    private var contests: [EventContest] = []
    /// The events' places by their markers.
    private var contestPlaces: [EventMarker: Int] = [:]
    /// For each record the place of its event; nil for one without a claim.
    private var contestOfRecord: [Int?] = []
    /// Records whose dead letters are said to be sent once the letter's claim is there.
    private var letters: [EventMarker: Int] = [:]
    private var rows: BatchRows
    /// Up to which record rows count, the same for all of them and for all their tries.
    private var last: SequenceNumber?
    /// The first record that is not done, and why; nothing from there on is counted.
    private var failure: ShardReport.Failure?

    /// `position` is the attribute of rows that says how far they have counted the batch's shard, `known` the rows that this
    /// process has added to from it.
    init(
        _ batch: ShardBatch,
        _ plan: AggregationPlan,
        table: AnalyticsTable,
        position: String,
        known: Set<CounterKey>
    ) {
        self.batch = batch
        self.position = position
        self.rows = BatchRows(known: known, records: plan.records.count)
        self.table = table
        self.records = plan.records
        self.fates = Array(repeating: .pending, count: batch.records.count)
        if plan.records.count < batch.records.count {
            self.fail(plan.records.count, "\(AggregatorError.unplaceableRecord)")
        }
        self.claimEvents()
    }

    /// What to do now.
    mutating func next() -> Action {
        while true {
            if let action = self.pending.popLast() {
                self.running += 1
                return action
            }
            if self.running > 0 { return .wait }
            switch self.phase {
            case .claims:
                self.phase = .letters
                self.settleClaims()
                self.readLetters()
            case .letters:
                self.phase = .rows
                self.collectRows()
            case .rows:
                self.phase = .updates
                self.updateRows()
            case .updates:
                self.phase = .checkpoint
                self.advance()
            case .checkpoint:
                self.phase = .done
                self.settle()
            case .done:
                return .finish(
                    ShardReport(
                        fates: self.fates,
                        failure: self.failure,
                        sales: self.sales,
                        learntRows: self.rows.learnt
                    )
                )
            }
        }
    }

    /// Takes what came of an action.
    mutating func ended(_ outcome: Outcome) {
        self.running -= 1
        switch outcome {
        case .claimed(let claims, .event, let errors): self.claimed(claims, errors)
        case .claimed(let claims, .letter, let errors): self.markedLetters(claims, errors)
        case .read(let markers, .event, let result): self.readClaims(markers, result)
        case .read(let markers, .letter, let result): self.readLetters(markers, result)
        case .readRowsOfOwner(let marker, let result): self.sawRowsOfOwner(marker, result)
        case .takenOver(let claim, let error): self.tookOver(claim, error)
        case .sent(let record, let failure): self.sent(record, failure)
        case .readRows(let keys, let result): self.rows.found(try? result.get(), of: keys, position: self.position)
        case .updated(let updates, let errors):
            let isAlone = updates.count == 1
            for (update, error) in zip(updates, errors) { self.ended(update, error, isAlone: isAlone) }
        case .created(let updates, let errors):
            for (update, error) in zip(updates, errors) { self.ended(update, error, isAlone: false) }
        case .advanced(let error):
            // All of the batch is counted; only its last record comes again, so that the note is made.
            if let error { self.fail(self.end - 1, "\(error)") }
        }
    }

    /// The record that nothing is done from; what a record of the stream holds is done as a whole.
    private var end: Int { self.failure?.record ?? self.records.count }

    private mutating func fail(_ record: Int, _ reason: String) {
        let first = self.batch.firstPart(ofRecord: record)
        if first < self.failure?.record ?? .max { self.failure = .init(record: first, reason: reason) }
    }

    /// Queues actions, which are then taken in their order.
    private mutating func queue(_ actions: [Action]) { self.pending.insert(contentsOf: actions.reversed(), at: 0) }
}

// MARK: Claims

extension ShardMachine {
    private mutating func claimEvents() {
        var claims: [EventClaim] = []
        claims.reserveCapacity(self.records.count)
        self.contests.reserveCapacity(self.records.count)
        self.contestPlaces.reserveCapacity(self.records.count)
        self.contestOfRecord = Array(repeating: nil, count: self.records.count)
        for index in self.records.indices {
            guard let marker = self.records[index].marker, let claim = self.claim(of: marker, by: index) else {
                continue
            }
            let place = self.contestPlaces.place(of: marker, or: self.contests.count)
            self.contestOfRecord[index] = place
            if place < self.contests.count {
                self.contests[place].records.append(index)
                continue
            }
            self.contests.append(EventContest(claim))
            claims.append(claim)
        }
        self.queue(claims.evenChunks(ofAtMost: InsertItemsInput.maximumItems).map { .claim(Array($0), .event) })
    }

    /// The claim that a record would put; nil where nothing says its place.
    private func claim(of marker: EventMarker, by index: Int) -> EventClaim? {
        let day = self.records[index].rows.first?.key.day
        return self.batch.claim(of: marker, by: index, digest: self.records[index].digest, day: day)
    }

    private mutating func claimed(_ claims: [EventClaim], _ errors: [AWSError?]) {
        var taken: [EventMarker] = []
        for (index, error) in errors.enumerated() {
            switch error?.code {
            case nil: self.won(with: claims[index])
            case .duplicateItem: taken.append(claims[index].marker)
            default: self.failContest(claims[index].marker, error.map { "\($0)" } ?? "")
            }
        }
        if !taken.isEmpty { self.queue([.read(taken, .event)]) }
    }

    private mutating func won(with claim: EventClaim) {
        if let place = self.contestOfRecord[claim.record] { self.contests[place].won(with: claim) }
    }

    private mutating func readClaims(_ markers: [EventMarker], _ result: Result<[AttributeMap], AWSError>) {
        let items: [AttributeMap]
        switch result {
        case .success(let found): items = found
        case .failure(let error): return markers.forEach { self.failContest($0, "\(error)") }
        }
        let claims = items.map(AnalyticsTable.claim)
        if claims.contains(where: { $0 == nil }) {
            return markers.forEach { self.failContest($0, "\(AggregatorError.foreignFormat)") }
        }
        let byMarker = Dictionary(claims.compactMap { $0.map { ($0.marker, $0) } }) { first, _ in first }
        for marker in markers {
            guard let place = self.contestPlaces[marker] else { continue }
            guard let stored = byMarker[marker] else {
                // DynamoDB has just deleted it: it was over long ago.
                self.queue([.claim([self.contests[place].claim], .event)])
                continue
            }
            let claims = self.contests[place].records.compactMap { self.claim(of: marker, by: $0) }
            self.take(self.contests[place].met(stored, claims: claims, self.table), marker)
        }
    }

    private mutating func sawRowsOfOwner(_ marker: EventMarker, _ result: Result<Set<RowName>, AWSError>) {
        switch result {
        case .success(let counted):
            guard let place = self.contestPlaces[marker] else { return }
            let rows = self.rowsOfOwner(marker)
            self.take(self.contests[place].saw(counted, of: rows), marker)
        case .failure(let error): self.failContest(marker, "\(error)")
        }
    }

    /// The rows that the owner of the stored claim adds to.
    private func rowsOfOwner(_ marker: EventMarker) -> [CounterRow] {
        guard let contest = self.contestPlaces[marker].map({ self.contests[$0] }) else { return [] }
        return contest.rowsOfOwner(self.records[contest.claim.record].rows)
    }

    private mutating func take(_ step: EventContest.Step?, _ marker: EventMarker) {
        switch step {
        case .readRows(let owner):
            self.queue([.readRowsOfOwner(owner, self.rowsOfOwner(marker).map(\.key), marker)])
        case .takeOver(let claim, let stored): self.queue([.takeOver(claim, from: stored)])
        case nil: break
        }
    }

    private mutating func tookOver(_ claim: EventClaim, _ error: AWSError?) {
        switch error?.code {
        case nil: self.won(with: claim)
        case .conditionalCheckFailed: self.queue([.read([claim.marker], .event)])
        default: self.failContest(claim.marker, error.map { "\($0)" } ?? "")
        }
    }

    private mutating func failContest(_ marker: EventMarker, _ reason: String) {
        if let place = self.contestPlaces[marker] { self.fail(self.contests[place].records[0], reason) }
    }

    /// Takes from records the rows that they do not count in, and tells repetitions from other orders under the same id.
    private mutating func settleClaims() {
        for index in 0..<self.end {
            guard let place = self.contestOfRecord[index] else { continue }
            if self.contests[place].owner == index {
                // Asked for its day first, since calling a function of an array's element copies the element.
                if self.contests[place].day != nil, let rest = self.contests[place].rest(of: self.records[index].rows) {
                    self.records[index].rows = rest
                }
                let hasRoom = self.rows.exclude(self.contests[place].formerRedrives, by: index)
                if hasRoom || self.batch.firstPart(ofRecord: index) == 0 { continue }
                return self.fail(index, BatchRows.tooManyExcluded)
            }
            self.records[index].rows = []
            if self.records[index].poison != nil { continue }
            if EventDigest.differ(self.records[index].digest, self.contests[place].digest) {
                self.records[index].poison = EventDigest.conflict
            } else {
                self.fates[index] = .duplicate
            }
        }
    }
}

// MARK: Dead letters

extension ShardMachine {
    /// A replay sends no letter again: the letter's own claim says that it was sent.
    private mutating func readLetters() {
        var markers: [EventMarker] = []
        for index in 0..<self.end where self.records[index].poison != nil {
            guard let marker = self.batch.marker(ofRecord: index) else { continue }
            self.letters[marker] = index
            markers.append(marker)
        }
        self.queue(markers.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys).map { .read(Array($0), .letter) })
    }

    private mutating func readLetters(_ markers: [EventMarker], _ result: Result<[AttributeMap], AWSError>) {
        switch result {
        case .failure(let error): markers.compactMap { self.letters[$0] }.forEach { self.fail($0, "\(error)") }
        case .success(let items):
            let sent = Set(items.compactMap { AnalyticsTable.claim(in: $0)?.marker })
            for marker in markers {
                guard let index = self.letters[marker], let reason = self.records[index].poison else { continue }
                if sent.contains(marker) {
                    self.fates[index] = .duplicate
                } else {
                    self.queue([.send(record: index, reason: reason)])
                }
            }
        }
    }

    private mutating func sent(_ record: Int, _ failure: String?) {
        if let failure { return self.fail(record, failure) }
        self.fates[record] = .deadLettered
        guard let marker = self.batch.marker(ofRecord: record),
            let claim = self.batch.claim(of: marker, by: record, digest: nil, day: nil)
        else { return }
        self.queue([.claim([claim], .letter)])
    }

    private mutating func markedLetters(_ claims: [EventClaim], _ errors: [AWSError?]) {
        for (claim, error) in zip(claims, errors) {
            if let error, error.code != .duplicateItem, let record = self.letters[claim.marker] {
                self.fail(record, "\(error)")
            }
        }
    }
}

// MARK: Rows

extension ShardMachine {
    private mutating func collectRows() {
        for index in 0..<self.end {
            self.rows.add(self.records[index].rows, number: self.batch.records[index].sequenceNumber)
        }
        let unknown = self.rows.sort()
        self.queue(unknown.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys).map { .readRows(Array($0)) })
    }

    private mutating func updateRows() {
        guard self.end > 0, let first = self.batch.records[0].sequenceNumber else { return }
        self.last = self.batch.records[self.end - 1].sequenceNumber
        let ready = self.updates(of: self.rows.ready, before: first)
        let missing = self.updates(of: self.rows.missing, before: first)
        let others = self.updates(of: self.rows.others, before: first)
        self.queue(ready.evenChunks(ofAtMost: UpdateItemsInput.maximumChanges).map { .update(Array($0)) })
        self.queue(missing.evenChunks(ofAtMost: InsertItemsInput.maximumItems).map { .create(Array($0)) })
        self.queue(others.map { .update([$0]) })
    }

    /// What is left for a row to add behind a record; nil if there is nothing.
    private mutating func update(
        of row: Int,
        behind position: SequenceNumber?,
        expecting expectation: RowUpdate.Expectation
    ) -> RowUpdate? {
        guard let last else { return nil }
        do {
            return try self.rows.update(of: row, behind: position, expecting: expectation, last: last)
        } catch {
            if let first = self.rows.firstRecord(of: row, behind: position) { self.fail(first, "\(error)") }
            return nil
        }
    }

    private mutating func updates(of rows: [Int], before first: SequenceNumber) -> [RowUpdate] {
        rows.compactMap { self.update(of: $0, behind: nil, expecting: .before(first)) }
    }

    private mutating func ended(_ update: RowUpdate, _ error: AWSError?, isAlone: Bool) {
        let row = update.place
        guard let error else {
            self.rows.learn(row)
            return self.count(update)
        }
        if error.mayHaveBeenApplied { self.rows.doubt(row) }
        if !isAlone, BatchRows.isOtherwiseThanItSeemed(error, position: self.position) {
            return self.queue([.update([update])])
        }
        guard error.code == .conditionalCheckFailed, let item = error.item else {
            return self.fail(update, "the row \(AnalyticsTable.name(of: update.row.key)): \(error)")
        }
        let position = AnalyticsTable.position(self.position, in: item)
        let counted = update.excluded.filter { item[AnalyticsTable.positionAttribute(ofRedrive: $0)] != nil }
        guard AnalyticsTable.isOfThisFormat(item), position != nil || !counted.isEmpty else {
            return self.fail(update, "\(AggregatorError.foreignFormat)")
        }
        if position != nil { self.rows.learn(row) }
        // An attempt of this very request, whose answer was lost, may be what moved the row.
        if self.rows.settleDoubt(of: row), position == update.last { self.count(update) }
        self.rows.remove(countedAs: counted, from: row)
        let expectation = position.map { RowUpdate.Expectation.at($0) } ?? update.expectation
        if let rest = self.update(of: row, behind: position, expecting: expectation) { self.queue([.update([rest])]) }
    }

    /// Nothing from the update's first record on is counted.
    private mutating func fail(_ update: RowUpdate, _ reason: String) {
        if let first = self.rows.firstRecord(of: update) { self.fail(first, reason) }
    }

    private mutating func count(_ update: RowUpdate) {
        self.sales.add(update.row)
        self.rows.count(update, in: &self.fates)
    }

    private mutating func advance() {
        guard self.end > 0, let last = self.batch.records[self.end - 1].sequenceNumber else { return }
        self.queue([.advance(to: last)])
    }

    /// What has no fate by now was done by an earlier delivery, or is nothing to be done.
    private mutating func settle() {
        for index in 0..<self.end where self.fates[index] == .pending {
            self.fates[index] = self.records[index].isSkipped ? .skipped : .duplicate
        }
    }
}
