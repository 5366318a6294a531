package import AWSClient
internal import LambdaEvents
internal import OrderFunctions
package import Orders

/// Whether and where an order was counted: what became of each of its records in the aggregator.
package struct CountExplanation: Sendable {
    /// How the aggregator tells repetitions, and what it has done by now.
    package struct State: Sendable {
        /// Whether events are claimed by their message ids; else only their places count.
        package var usesClaims: Bool
        /// The claims by message id, and those of redriven orders by their records' places.
        package var claims: [Identifier: AttributeMap]
        /// The claims of dead letters, by their records' places; there are some whether events are claimed or not.
        package var letters: [Identifier: AttributeMap]
        /// The last sequence number that is counted, by shard.
        package var checkpoints: [String: String]

        /// A state; by default without a claim and without a checkpoint.
        package init(
            usesClaims: Bool,
            claims: [Identifier: AttributeMap] = [:],
            letters: [Identifier: AttributeMap] = [:],
            checkpoints: [String: String] = [:]
        ) {
            self.usesClaims = usesClaims
            self.claims = claims
            self.letters = letters
            self.checkpoints = checkpoints
        }
    }

    /// What became of one record.
    package enum Outcome: Sendable, Equatable {
        case counted
        /// It was counted in some rows when it was lost; a later record counted in the others.
        case countedInPart
        /// The event was counted by an earlier record, or is by a later one that came first.
        case repetition
        /// Another order was counted under the event's `MessageId`: a dead letter.
        case otherOrder
        /// Nothing tells that it is counted: the aggregator has not come to it yet, or has failed.
        case notYet
        /// Its claim has expired, which would say whether it or a repetition counted.
        case unknownSinceExpired
        /// It is a dead letter, for the reason in the archive.
        case refused(String)
        /// An event of another type.
        case skipped
        /// The archive's line can no longer be read as the order it was.
        case unreadable(String)
    }

    /// One record and its outcome.
    package struct Entry: Sendable {
        /// The record, as the archive has it.
        package let record: ArchivedRecord
        /// What became of the record.
        package let outcome: Outcome
        /// What it added: of one that was counted everything, of one that was refused the day's total, once for each
        /// `MessageId`.
        package let rows: [CounterRow]
        /// Of a refused record, whether its order may count all the same: by a redrive, or by another record under its
        /// `MessageId`.
        package var mayCount = false
    }

    /// All records of the order, oldest first.
    package let entries: [Entry]

    /// How many records were counted.
    package var count: Int { self.entries.count { $0.outcome == .counted } }

    /// `records` are one order's, oldest first.
    package init(of records: [ArchivedRecord], _ state: State, _ decoder: OrderRecordDecoder) {
        var totalled: Set<Identifier> = []
        var told: Set<Identifier> = []
        self.entries = records.map { record in
            guard ["accepted", "refused"].contains(record.verdict) else {
                return Entry(record: record, outcome: .skipped, rows: [])
            }
            let decoded = Self.decode(record, decoder)
            if record.verdict == "refused" {
                if let entry = Self.redriven(record, decoded, state) { return entry }
                return Entry(
                    record: record,
                    outcome: .refused(record.reason ?? "no reason is archived"),
                    rows: Self.rows(ofRefused: record, decoded, &totalled, state),
                    mayCount: Self.mayCount(refused: record, decoded, state)
                )
            }
            guard record.eventID != nil, case .order(let event) = decoded else {
                return Entry(
                    record: record,
                    outcome: .unreadable("its line does not hold the order any more"),
                    rows: []
                )
            }
            var entry = Self.entry(of: record, event, state)
            // Of several former owners nothing tells which of them counted in which of these rows.
            if entry.outcome == .countedInPart, !told.insert(event.id).inserted {
                entry = Entry(record: record, outcome: entry.outcome, rows: [])
            }
            return entry
        }
    }

    /// What a refused record added: one order in its day's total, where it is an order's and the aggregator has come to it.
    private static func rows(
        ofRefused record: ArchivedRecord,
        _ decoded: OrderRecord,
        _ totalled: inout Set<Identifier>,
        _ state: State
    ) -> [CounterRow] {
        guard state.isCheckpointed(record), case .invalid(let invalid) = decoded else { return [] }
        if let id = invalid.id, !totalled.insert(id).inserted { return [] }
        return invalid.counterRows
    }

    /// A refused record that was counted after all, when it was redriven; nil for any other.
    private static func redriven(_ record: ArchivedRecord, _ decoded: OrderRecord, _ state: State) -> Entry? {
        guard case .order(let event) = decoded else { return nil }
        if let entry = Self.redriven(record, event, state) { return entry }
        // Under the place of one without a `MessageId` may also be the claim of its dead letter, as rules 1 put it.
        guard event.hasMessageID, let claim = state.claim(of: event) else { return nil }
        let role = claim.role(of: record)
        guard role == .owner else { return nil }
        return Entry(record: record, outcome: .counted, rows: claim.rows(event.counterRows, of: role))
    }

    /// A record that was counted when it was redriven, as the claim by its place says; nil for any other.
    ///
    /// Such a claim is put for an order without a `MessageId`, and for any while nothing remembers those.
    private static func redriven(_ record: ArchivedRecord, _ event: OrderEvent, _ state: State) -> Entry? {
        guard let claim = state.redriveClaim(of: record) else { return nil }
        // All of its owners are this record, in one round or another.
        let rows = [ClaimAccount.Role.owner, .formerOwner].flatMap { claim.rows(event.counterRows, of: $0) }
        return Entry(record: record, outcome: .counted, rows: rows)
    }

    /// Whether a refused record that owns no claim may count all the same.
    private static func mayCount(refused record: ArchivedRecord, _ decoded: OrderRecord, _ state: State) -> Bool {
        guard case .order(let event) = decoded else {
            // Its producer may have sent the corrected order under the same `MessageId`.
            return record.eventID.map { state.claims[$0] != nil } ?? false
        }
        // By the rules of now it is an order, which a redrive counts. One may have, whose claim has ended.
        guard event.hasMessageID, let claim = state.claim(of: event), let counted = claim.digest else { return true }
        return counted == EventDigest.text(of: event)
    }

    private static func entry(of record: ArchivedRecord, _ event: OrderEvent, _ state: State) -> Entry {
        func entry(_ outcome: Outcome, _ rows: [CounterRow] = []) -> Entry {
            Entry(record: record, outcome: outcome, rows: rows)
        }
        guard state.isCheckpointed(record) else { return entry(.notYet) }
        // The archive has as accepted what the aggregator had dead-lettered by other rules, too.
        if let redriven = Self.redriven(record, event, state) { return redriven }
        let digest = state.usesClaims ? EventDigest.text(of: event) : nil
        guard let own = digest, let claim = state.claim(of: event) else {
            // The aggregator refuses orders for more than the archive does, and those put no claim but their letter's.
            if state.hasLetter(of: record) {
                var refused = entry(.refused("the aggregator sent it to AnalyticsDLQ, which says why"))
                refused.mayCount = true
                return refused
            }
            return digest == nil ? entry(.counted, event.counterRows) : entry(.unknownSinceExpired)
        }
        if let stored = claim.digest, stored != own { return entry(.otherOrder) }
        let role = claim.role(of: record)
        let rows = claim.rows(event.counterRows, of: role)
        return switch role {
        case .owner: entry(.counted, rows)
        case .formerOwner: entry(rows.isEmpty ? .repetition : .countedInPart, rows)
        case .other: entry(.repetition)
        }
    }

    private static func decode(_ record: ArchivedRecord, _ decoder: OrderRecordDecoder) -> OrderRecord {
        decoder.decode(
            record.content,
            eventID: record.eventID?.text ?? record.place,
            arrival: record.arrivedAt.flatMap { Timestamp($0) }
        )
    }
}

extension ClaimAccount {
    fileprivate func role(of record: ArchivedRecord) -> Role {
        self.role(
            shardID: record.shardID,
            sequenceNumber: record.sequenceNumber,
            subSequenceNumber: record.subSequenceNumber
        )
    }
}

extension CountExplanation.State {
    /// What the event's claim says; nil where there is none, or none that this version understands.
    fileprivate func claim(of event: OrderEvent) -> ClaimAccount? {
        self.claims[event.id].flatMap { ClaimAccount($0) }
    }

    /// What the claim by the record's place says, if a redrive of the record has put it; nil for any other.
    fileprivate func redriveClaim(of record: ArchivedRecord) -> ClaimAccount? {
        guard let item = Identifier(record.place).flatMap({ self.claims[$0] }),
            let shardID = item["shardId"]?.string, RedriveShard(shardID: shardID) != nil,
            let claim = ClaimAccount(item), claim.role(of: record) == .owner
        else { return nil }
        return claim
    }

    /// Whether a dead letter was sent of the record, or of the whole aggregate that it is a part of.
    fileprivate func hasLetter(of record: ArchivedRecord) -> Bool {
        let parts: [Int?] = [record.subSequenceNumber, nil]
        return parts.contains { part in
            let letter = Identifier(record.place(ofPart: part)).flatMap { self.letters[$0] }
            let claim = letter.flatMap { ClaimAccount($0) }
            let role = claim?.role(
                shardID: record.shardID,
                sequenceNumber: record.sequenceNumber,
                subSequenceNumber: part
            )
            return role == .owner
        }
    }

    /// Whether the aggregator's checkpoint covers the record.
    fileprivate func isCheckpointed(_ record: ArchivedRecord) -> Bool {
        guard let number = SequenceNumber(record.sequenceNumber),
            let checkpoint = self.checkpoints[record.shardID].flatMap({ SequenceNumber($0) })
        else { return false }
        return number <= checkpoint
    }
}
