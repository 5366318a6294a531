internal import Orders

/// Decides which record counts an event that records of a batch want to count.
struct EventContest: Sendable {
    /// What has to be asked or done before it is known.
    enum Step: Sendable {
        /// See in which of its rows the owner of the claim that is there was counted.
        case readRows(of: StreamPlace)
        /// Make the claim this one's.
        case takeOver(EventClaim, from: EventClaim)
    }

    /// In seconds, longer than an invocation goes on whose records were read when the stream still had them: five minutes in
    /// which a mapping gathers a batch at most, one minute of time-out in the template, and as long for requests that arrive
    /// late.
    private static let lastInvocation: Int64 = 300 + 60 + 60
    /// Bytes of row names that a claim has room for, beside all else that it holds: an item has 400 KB.
    private static let mostNames = 350_000

    /// The first of the batch's records of the event, by its place in the batch.
    let first: Int
    /// Those that repeat it.
    private(set) var others: [Int] = []
    /// The record whose claim is put: the first; where an earlier batch has claimed the event, the first that is the same order.
    private(set) var candidate: Int
    /// Which record of the batch counts, once that is known; nil for none.
    private(set) var owner: Int?
    /// The claim that is there; nil while none was met, and where it is the candidate's, as it was put.
    private(set) var held: EventClaim?

    /// The contest of a record that is the first of its event.
    init(first: Int) {
        self.first = first
        self.candidate = first
    }

    /// Notes that a record repeats the event.
    mutating func add(_ record: Int) { self.others.append(record) }

    /// The candidate's claim was put.
    mutating func put() { (self.owner, self.held) = (self.candidate, nil) }

    /// The claim is the candidate's now.
    mutating func tookOver(with claim: EventClaim) { (self.owner, self.held) = (self.candidate, claim) }

    /// The records of the event.
    var records: [Int] { [self.first] + self.others }

    /// There is a claim already; `claim` gives the one that a record of the event would put.
    mutating func met(_ stored: EventClaim, _ table: AnalyticsTable, claim: (Int) -> EventClaim) -> Step? {
        self.held = stored
        // A redrive of another letter of the record may tell another arrival.
        self.owner = self.records.first { claim($0).owner == stored.owner }
        let claimed = claim(self.candidate)
        guard self.owner == nil, let arrival = claimed.arrival, let earlier = stored.arrival else { return nil }
        if arrival - earlier >= table.claimSeconds { return .takeOver(claimed, from: stored) }
        // The owner has left the stream by then, counted or not, and so has the last invocation that it was in ended.
        func isLate(_ record: Int) -> Bool {
            claim(record).arrival.map { $0 - earlier > table.retentionSeconds + Self.lastInvocation } ?? false
        }
        func isSame(_ record: Int) -> Bool { !EventDigest.differ(claim(record).digest, stored.digest) }
        // What the owner has left uncounted is a repetition's to count, whatever other order came before it under the id.
        self.candidate = self.records.first { isLate($0) && isSame($0) } ?? self.candidate
        // The letter of a whole aggregate stays until a redrive has counted all that is in it. Its records have one position in a
        // row, which does not tell which of them are in it.
        return isLate(self.candidate) && !stored.owner.isPartOfWholeRedrive ? .readRows(of: stored.owner) : nil
    }

    /// The rows that the owner of the claim that is there adds to, if it is the same order as `rows`.
    ///
    /// They may be of another day: an order that tells no date has that of its arrival, and a repetition may tell another
    /// `OccurredUtc`.
    func rowsOfOwner(_ rows: [CounterRow]) -> [CounterRow] { self.held?.countingDay.map { rows.on($0) } ?? rows }

    /// The owner of the claim that is there has left the stream; `counted` are the names of those of its `rows` that it was counted
    /// in, `claim` is what the candidate would put.
    func saw(_ counted: Set<RowName>, of rows: [CounterRow], _ claim: EventClaim) -> Step? {
        guard let held else { return nil }
        let counted = held.rowsCountedBefore.union(counted)
        if EventDigest.differ(claim.digest, held.digest) {
            // What is left of another order is known to an audit alone.
            return counted.isEmpty ? .takeOver(claim, from: held) : nil
        }
        if rows.allSatisfy({ counted.contains(RowName($0.key)) }) { return nil }
        // A request that DynamoDB refuses each time would hold the shard. An audit finds what is left of such an order.
        if counted.reduce(0, { $0 + $1.text.utf8.count }) > Self.mostNames { return nil }
        var heir = claim
        // An order keeps the day under which it was first claimed.
        heir.day = held.countingDay
        heir.rowsCountedBefore = counted
        heir.formerOwners = held.formerOwners.union([held.owner]).subtracting([claim.owner])
        return .takeOver(heir, from: held)
    }
}
