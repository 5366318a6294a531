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
    private var pending = ActionQueue()
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
    /// The first record that is not done, and why; nothing from there on is begun.
    ///
    /// A row whose update is on its way may count what is behind it all the same; its position keeps that from counting again.
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
            let reason: AggregatorError = plan.isCutOff ? .batchTooLarge : .unplaceableRecord
            self.fail(plan.records.count, "\(reason)", isExpected: plan.isCutOff)
        }
        self.claimEvents()
    }

    /// What to do now.
    mutating func next() -> Action {
        while true {
            if let action = self.pending.popFirst() {
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
    mutating func ended(_ action: Action, _ outcome: Outcome) {
        self.running -= 1
        switch action {
        case .claim(let claims, let records) where claims[0].marker.scope == .letter:
            self.claimedLetters(records, outcome.refusals(of: claims.count))
        case .claim(let claims, let records): self.claimed(records, outcome.refusals(of: claims.count))
        case .read(let markers) where markers[0].scope == .letter: self.foundLetters(markers, outcome)
        case .read(let markers): self.foundClaims(markers, outcome)
        case .readRowsOfOwner(let owner, _, let marker): self.sawRowsOfOwner(owner, marker, outcome)
        case .takeOver(let claim, _): self.tookOver(claim, outcome.error)
        case .send(let record, _): self.sent(record, outcome.error)
        case .readRows(_, let rows): self.rows.found(try? outcome.get().items, of: rows, position: self.position)
        case .update(let updates): self.ended(updates, outcome, areStatements: updates.count > 1)
        case .create(let updates): self.ended(updates, outcome, areStatements: true)
        case .advance:
            // All of the batch is counted; only its last record comes again, so that the note is made.
            if let error = outcome.error { self.fail(self.end - 1, "\(error)") }
        case .wait, .finish: preconditionFailure("nothing comes of what is not to be performed")
        }
    }

    /// The record that nothing is begun from; what a record of the stream holds is done as a whole.
    private var end: Int { self.failure?.record ?? self.records.count }

    private mutating func fail(_ record: Int, _ reason: String, isExpected: Bool = false) {
        // Looked at first: when time is over, every part of a long aggregate fails.
        if let failure, failure.record <= record { return }
        self.failure = .init(record: self.batch.firstPart(ofRecord: record), reason: reason, isExpected: isExpected)
    }

    /// Queues actions, which are then taken in their order.
    private mutating func queue(_ actions: [Action]) { self.pending.append(actions) }
}

// MARK: Claims

extension ShardMachine {
    private mutating func claimEvents() {
        self.contests.reserveCapacity(self.records.count)
        self.contestPlaces.reserveCapacity(self.records.count)
        self.contestOfRecord = Array(repeating: nil, count: self.records.count)
        for index in self.records.indices {
            guard let marker = self.records[index].marker else { continue }
            let place = self.contestPlaces.place(of: marker, or: self.contests.count)
            self.contestOfRecord[index] = place
            if place < self.contests.count {
                self.contests[place].add(index)
            } else {
                self.contests.append(EventContest(first: index))
            }
        }
        let chunks = self.contests.indices.evenChunks(ofAtMost: InsertItemsInput.maximumItems)
        self.queue(chunks.map { places in self.claiming(places.map { self.contests[$0].first }) })
    }

    /// Puts the claims of records.
    private func claiming(_ records: [Int]) -> Action { .claim(records.map { self.claim(by: $0) }, of: records) }

    /// The claim that a record would put.
    private func claim(by index: Int) -> EventClaim {
        let day = self.records[index].rows.first?.key.day
        guard let marker = self.records[index].marker,
            let claim = self.batch.claim(of: marker, by: index, digest: self.records[index].digest, day: day)
        else { preconditionFailure("a contest is of records with a marker, and a plan of such with a place") }
        return claim
    }

    private mutating func claimed(_ records: [Int], _ refusals: [AWSError?]) {
        var taken: [EventMarker] = []
        for (record, error) in zip(records, refusals) {
            guard let place = self.contestOfRecord[record], let marker = self.records[record].marker else { continue }
            switch error {
            case nil: self.contests[place].put()
            case let error? where error.code == .duplicateItem: taken.append(marker)
            case let error?: self.failContest(place, "\(error)")
            }
        }
        if !taken.isEmpty { self.queue([.read(taken)]) }
    }

    private mutating func foundClaims(_ markers: [EventMarker], _ outcome: Outcome) {
        let items = (try? outcome.get().items) ?? []
        let claims = items.compactMap(AnalyticsTable.claim)
        let foreign = claims.count < items.count ? "\(AggregatorError.foreignFormat)" : nil
        if let reason = outcome.error.map({ "\($0)" }) ?? foreign {
            return markers.compactMap { self.contestPlaces[$0] }.forEach { self.failContest($0, reason) }
        }
        let stored = Dictionary(claims.map { ($0.marker, $0) }) { first, _ in first }
        for marker in markers {
            guard let place = self.contestPlaces[marker] else { continue }
            if let stored = stored[marker] {
                var contest = self.contests[place]
                let step = contest.met(stored, self.table) { self.claim(by: $0) }
                self.contests[place] = contest
                self.take(step, place, marker)
            } else {
                // DynamoDB has just deleted it: it was over long ago.
                self.queue([self.claiming([self.contests[place].candidate])])
            }
        }
    }

    private mutating func sawRowsOfOwner(_ owner: StreamPlace, _ marker: EventMarker, _ outcome: Outcome) {
        guard let place = self.contestPlaces[marker] else { return }
        switch outcome {
        case .success(let answer):
            let counted = AnalyticsTable.names(ofRows: answer.items, thatHave: owner)
            let claim = self.claim(by: self.contests[place].candidate)
            self.take(self.contests[place].saw(counted, of: self.rowsOfOwner(place), claim), place, marker)
        case .failure(let error): self.failContest(place, "\(error)")
        }
    }

    /// The rows that the owner of the claim that is there adds to.
    private func rowsOfOwner(_ place: Int) -> [CounterRow] {
        self.contests[place].rowsOfOwner(self.records[self.contests[place].candidate].rows)
    }

    private mutating func take(_ step: EventContest.Step?, _ place: Int, _ marker: EventMarker) {
        switch step {
        case .readRows(let owner): self.queue([.readRowsOfOwner(owner, self.rowsOfOwner(place).map(\.key), marker)])
        case .takeOver(let claim, let stored): self.queue([.takeOver(claim, from: stored)])
        case nil: break
        }
    }

    private mutating func tookOver(_ claim: EventClaim, _ error: AWSError?) {
        guard let place = self.contestPlaces[claim.marker] else { return }
        switch error {
        case nil: self.contests[place].tookOver(with: claim)
        case let error? where error.code == .conditionalCheckFailed: self.queue([.read([claim.marker])])
        case let error?: self.failContest(place, "\(error)")
        }
    }

    private mutating func failContest(_ place: Int, _ reason: String) { self.fail(self.contests[place].first, reason) }

    /// Takes from records the rows that they do not count in, and tells repetitions from other orders under the same id.
    private mutating func settleClaims() {
        for index in 0..<self.end {
            guard let place = self.contestOfRecord[index] else { continue }
            if self.contests[place].owner == index {
                guard let held = self.contests[place].held else { continue }
                self.records[index].rows = held.rest(of: self.records[index].rows)
                let hasRoom = self.rows.exclude(held.formerRedrives, by: index)
                if hasRoom || self.batch.firstPart(ofRecord: index) == 0 { continue }
                return self.fail(index, BatchRows.tooManyExcluded, isExpected: true)
            }
            self.records[index].rows = []
            if self.records[index].poison != nil { continue }
            if EventDigest.differ(self.records[index].digest, self.digest(ofEvent: place)) {
                self.records[index].poison = EventDigest.conflict
            } else {
                self.fates[index] = .duplicate
            }
        }
    }

    /// The digest of the order that counts.
    private func digest(ofEvent place: Int) -> String? {
        if let held = self.contests[place].held { return held.digest }
        return self.contests[place].owner.flatMap { self.records[$0].digest }
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
        self.queue(markers.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys).map { .read(Array($0)) })
    }

    private mutating func foundLetters(_ markers: [EventMarker], _ outcome: Outcome) {
        switch outcome {
        case .failure(let error): markers.compactMap { self.letters[$0] }.forEach { self.fail($0, "\(error)") }
        case .success(let answer):
            let sent = Set(answer.items.compactMap { AnalyticsTable.claim(in: $0)?.marker })
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

    private mutating func sent(_ record: Int, _ error: AWSError?) {
        if let error { return self.fail(record, "\(error)") }
        self.fates[record] = .deadLettered
        guard let marker = self.batch.marker(ofRecord: record),
            let claim = self.batch.claim(of: marker, by: record, digest: nil, day: nil)
        else { return }
        // Before the other letters: a delivery that ends among them leaves the next one those that were not sent.
        self.pending.prepend(.claim([claim], of: [record]))
    }

    private mutating func claimedLetters(_ records: [Int], _ refusals: [AWSError?]) {
        for (record, error) in zip(records, refusals) {
            if let error, error.code != .duplicateItem { self.fail(record, "\(error)") }
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
        self.queue(
            unknown.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys).map { rows in
                .readRows(rows.map { self.rows.key(of: $0) }, of: Array(rows))
            }
        )
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

    private func updates(of rows: [Int], before first: SequenceNumber) -> [RowUpdate] {
        rows.compactMap { self.update(of: $0, behind: nil, .before(first)) }
    }

    /// What is left for a row to add behind a record; nil if there is nothing.
    private func update(of row: Int, behind number: SequenceNumber?, _ expected: RowUpdate.Expectation) -> RowUpdate? {
        self.last.flatMap { self.rows.update(of: row, behind: number, expecting: expected, last: $0) }
    }

    /// `areStatements`: of one request, which can neither make what is missing nor show what is there.
    private mutating func ended(_ updates: [RowUpdate], _ outcome: Outcome, areStatements: Bool) {
        for (update, error) in zip(updates, outcome.refusals(of: updates.count)) {
            self.ended(update, error, isStatement: areStatements)
        }
    }

    private mutating func ended(_ update: RowUpdate, _ error: AWSError?, isStatement: Bool) {
        let row = update.place
        guard let error else {
            self.rows.learn(row)
            return self.count(update)
        }
        let mayBeApplied = update.mayBeApplied || error.mayHaveBeenApplied
        if isStatement, BatchRows.isOtherwiseThanItSeemed(error, position: self.position) {
            var update = update
            update.mayBeApplied = mayBeApplied
            return self.queue([.update([update])])
        }
        guard error.code == .conditionalCheckFailed, let item = error.item else {
            return self.fail(update.first, "the row \(RowName(update.row.key).text): \(error)")
        }
        let position = AnalyticsTable.position(self.position, in: item)
        let counted = update.excluded.filter { item[AnalyticsTable.positionAttribute(of: $0)] != nil }
        guard AnalyticsTable.isOfThisFormat(item), position != nil || !counted.isEmpty else {
            return self.fail(update.first, "\(AggregatorError.foreignFormat)")
        }
        if position != nil { self.rows.learn(row) }
        // An attempt of this very request, whose answer was lost, may be what moved the row.
        if mayBeApplied, position == update.last { self.count(update) }
        self.rows.remove(countedAs: counted, from: row)
        let expectation = position.map { RowUpdate.Expectation.at($0) } ?? update.expectation
        if let rest = self.update(of: row, behind: position, expectation) { self.queue([.update([rest])]) }
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
