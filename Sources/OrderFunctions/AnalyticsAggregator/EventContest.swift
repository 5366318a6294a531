internal import Orders

/// Decides which record counts an event that records of a batch want to count.
struct EventContest: Sendable {
    /// What has to be asked or done before it is known.
    enum Step: Sendable {
        /// See in which of its rows the owner of the claim that is there was counted.
        case readRows(of: StreamPlace)
        /// Make the claim this one's.
        case takeOver(EventClaim, from: StoredClaim)
    }

    /// In seconds, longer than an invocation goes on whose records were read when the stream still had them: five minutes in
    /// which a mapping gathers a batch at most, one minute of time-out in the template, and as long for requests that arrive
    /// late.
    private static let lastInvocation: Int64 = 300 + 60 + 60
    /// Bytes of row names that a claim has room for, beside all else that it holds: an item has 400 KB.
    private static let mostNames = 350_000

    /// The claim of the first of the batch's records of the event; where an earlier batch has claimed it, of the first that is
    /// the same order.
    private(set) var claim: EventClaim
    /// The records of the event, by their places in the batch.
    var records: [Int]
    /// Which record of the batch counts, once that is known; nil for none.
    private(set) var owner: Int?
    /// The digest of what counts.
    private(set) var digest: String?
    /// The day that the owner counts the event on; nil for that of the record.
    private(set) var day: Day?
    /// The names of the rows that former owners have counted the event in.
    private var rowsCountedBefore: Set<RowName> = []
    /// The former owners that may come once more, since they are of redrives.
    private(set) var formerRedrives: Set<StreamPlace> = []
    private var stored: StoredClaim?

    init(_ claim: EventClaim) {
        self.claim = claim
        self.records = [claim.record]
    }

    /// The claim was put, or taken over.
    mutating func won(with claim: EventClaim) {
        self.owner = claim.record
        self.digest = claim.digest
        (self.day, self.rowsCountedBefore) = (claim.day, claim.rowsCountedBefore)
        self.formerRedrives = claim.formerOwners.isEmpty ? [] : claim.formerOwners.filter(\.isOfRedrive)
    }

    /// There is a claim already; `claims` are those that the records of the event would put.
    mutating func met(_ stored: StoredClaim, claims: [EventClaim], _ table: AnalyticsTable) -> Step? {
        self.stored = stored
        self.owner = claims.first { $0.owner == stored.owner }?.record
        if self.owner != nil {
            // A redrive of another letter of the record may tell another arrival.
            (self.day, self.rowsCountedBefore) = (self.dayOfOwner, stored.rowsCountedBefore)
            self.formerRedrives = stored.formerOwners.filter(\.isOfRedrive)
            return self.leave(to: stored)
        }
        guard let arrival = self.claim.arrival, let earlier = stored.arrival else { return self.leave(to: stored) }
        if arrival - earlier >= table.claimSeconds { return .takeOver(self.claim, from: stored) }
        // The owner has left the stream by then, counted or not, and so has the last invocation that it was in ended.
        func isLate(_ claim: EventClaim) -> Bool {
            claim.arrival.map { $0 - earlier > table.retentionSeconds + Self.lastInvocation } ?? false
        }
        // What the owner has left uncounted is a repetition's to count, whatever other order came before it under the id.
        if let same = claims.first(where: { isLate($0) && !EventDigest.differ($0.digest, stored.digest) }) {
            self.claim = same
        }
        // The letter of a whole aggregate stays until a redrive has counted all that is in it. Its records have one position in a
        // row, which does not tell which of them are in it.
        guard isLate(self.claim), !stored.owner.isPartOfWholeRedrive else { return self.leave(to: stored) }
        return .readRows(of: stored.owner)
    }

    /// The rows that the owner of the stored claim adds to, if it is the same order.
    ///
    /// They may be of another day: an order that tells no date has that of its arrival, and a repetition may tell another
    /// `OccurredUtc`.
    func rowsOfOwner(_ rows: [CounterRow]) -> [CounterRow] {
        guard let day = self.dayOfOwner else { return rows }
        return rows.map { CounterRow($0.key.on(day), $0.delta) }
    }

    private var dayOfOwner: Day? { self.stored?.day ?? self.stored?.arrival.map(EventClaim.day(ofArrival:)) }

    /// The owner of the claim has left the stream; `counted` are the names of those of its `rows` that it was counted in.
    mutating func saw(_ counted: Set<RowName>, of rows: [CounterRow]) -> Step? {
        guard let stored else { return nil }
        let counted = stored.rowsCountedBefore.union(counted)
        if EventDigest.differ(self.claim.digest, stored.digest) {
            // What is left of another order is known to an audit alone.
            return counted.isEmpty ? .takeOver(self.claim, from: stored) : self.leave(to: stored)
        }
        if rows.allSatisfy({ counted.contains(RowName($0.key)) }) { return self.leave(to: stored) }
        // A request that DynamoDB refuses each time would hold the shard. An audit finds what is left of such an order.
        if counted.reduce(0, { $0 + $1.text.utf8.count }) > Self.mostNames { return self.leave(to: stored) }
        var claim = self.claim
        // An order keeps the day under which it was first claimed.
        claim.day = self.dayOfOwner
        claim.rowsCountedBefore = counted
        claim.formerOwners = stored.formerOwners.union([stored.owner]).subtracting([claim.owner])
        return .takeOver(claim, from: stored)
    }

    private mutating func leave(to stored: StoredClaim) -> Step? {
        self.digest = stored.digest
        return nil
    }

    /// What the owner counts of `rows`; nil for all of them, as they are.
    func rest(of rows: [CounterRow]) -> [CounterRow]? {
        guard let day, day != rows.first?.key.day || !self.rowsCountedBefore.isEmpty else { return nil }
        return rows.map { CounterRow($0.key.on(day), $0.delta) }
            .filter { !self.rowsCountedBefore.contains(RowName($0.key)) }
    }
}

extension [EventMarker: Int] {
    /// The place of a marker, which is `new` from now on where it had none; looked up once.
    mutating func place(of marker: EventMarker, or new: Int) -> Int {
        func read(_ place: inout Int) -> Int { place }
        return read(&self[marker, default: new])
    }
}
