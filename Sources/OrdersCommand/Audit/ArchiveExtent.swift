package import ArchiveAccounts
internal import LambdaEvents
package import Orders

/// What of its records an archive has: which missing ones are a fault, which days are whole, and which may be repaired.
///
/// `ArchiveExpirationDays` of now does not tell what has expired, since it may have been less once. So the archive itself is
/// asked, too: a shard whose first object names a predecessor lacks what came before it, for whatever reason. Where nothing
/// tells when that came, the shard is not relied on up to its first object, and not at all where it has none.
package struct ArchiveExtent: Sendable, Equatable {
    /// How far the archiver says that it has come in a shard.
    package struct Checkpoint: Sendable, Equatable {
        /// The last record that is archived.
        package let sequenceNumber: String
        /// When that was noted, which is when its object was written, to seconds; nil where nothing says so.
        package let updatedAt: Timestamp?

        /// A checkpoint as it is stored.
        package init(sequenceNumber: String, updatedAt: Timestamp?) {
            self.sequenceNumber = sequenceNumber
            self.updatedAt = updatedAt
        }
    }

    /// From which to which day records of a reading arrived.
    package struct Reading: Sendable, Equatable {
        /// The day of arrival from which the archive was read; nil for its beginning.
        package let first: Day?
        /// The day of arrival from which on no object can have expired, by `ArchiveExpirationDays` of now; nil for the
        /// beginning.
        package let keptFrom: Day?
        /// The day on which it was read.
        package let today: Day
        /// What arrived before that day is not missed; nil for the beginning.
        private let judgedFrom: Day?

        /// `expirationDays` is 0 for never.
        package init(from first: Day?, today: Day, expirationDays: Int) {
            self.first = first
            self.judgedFrom = first
            // The day itself is not over when the first of its objects expire.
            self.keptFrom = expirationDays > 0 ? today.adding(days: 1 - expirationDays) : nil
            self.today = today
        }

        private init(wholeInsteadOf reading: Reading) {
            self.first = nil
            self.judgedFrom = reading.judgedFrom
            self.keptFrom = reading.keptFrom
            self.today = reading.today
        }

        /// The day of arrival from which on records are judged, where the whole archive was read instead of those from
        /// that day on; nil for any other reading.
        package var widenedFrom: Day? { self.first == nil ? self.judgedFrom : nil }

        /// The reading of the whole archive, which misses no more than this one; nil where it could tell no more.
        ///
        /// Of repetitions in a row that began before this one, only the whole archive tells which count. What arrived
        /// before `keptFrom` may be gone, so that it decides nothing.
        package var widened: Reading? {
            guard let first = self.first, self.keptFrom.map({ $0 < first }) ?? true else { return nil }
            return Reading(wholeInsteadOf: self)
        }

        /// Whether an object that was listed may be gone when it is read, by its age: one that was written anew is younger
        /// than its name says, and none is older.
        package func mayHaveExpired(_ key: String) -> Bool {
            guard let keptFrom, let day = ArchiveObjectName(key)?.day else { return false }
            return day < keptFrom
        }

        /// What arrived before that day was not read, or may have expired: nobody misses it.
        fileprivate var border: Day? { [self.judgedFrom, self.keptFrom].compactMap { $0 }.max() }
    }

    /// Records that no object has, and when they came.
    package struct Gap: Sendable, Equatable {
        /// Between which records of their shard they are missing.
        package let records: ArchiveChain.Gap
        /// The last day on which one of them can have arrived; nil where nothing tells.
        package let latest: Day?
        /// The first day that can be asked for without missing them; nil where nothing tells, or where they are not the
        /// first of their shard.
        package let auditableFrom: Day?

        /// Whether an object that is older than theirs is there, so that they cannot have expired.
        private let isDeletion: Bool

        /// Whether they are the first of their shard: they may have expired while `ArchiveExpirationDays` was less.
        package var isBeginning: Bool { self.records.behind == nil }

        /// Whether a rebuild does without them, since they may have expired.
        ///
        /// An object behind them shows that the archive goes on there. Where a shard has none left, nothing tells
        /// expiration from a deletion of all.
        package var isExpiredBeginning: Bool { self.isBeginning && self.records.before != nil && !self.isDeletion }

        fileprivate init(_ records: ArchiveChain.Gap, latest: Day?, isDeletion: Bool, reach: AuditReach) {
            self.records = records
            self.latest = latest
            self.isDeletion = isDeletion
            self.auditableFrom = records.behind == nil ? latest.flatMap { reach.firstDay(behind: $0) } : nil
        }
    }

    /// The day on which it was read.
    package let today: Day
    /// Records that no object has, although they were to be read and cannot have expired.
    package let gaps: [Gap]
    /// The last day of arrival of what is missing at a shard's beginning, or before what was judged, for whatever
    /// reason; nil where nothing is.
    package let missingUntil: Day?
    /// The first day of which all orders are here; nil where all days are whole.
    package let firstWholeDay: Day?
    /// The first day whose rows may be set to what the archive adds up to; nil where all may.
    package let firstRepairableDay: Day?
    /// The day of arrival from which on all records are known; nil where all are.
    package let knownFrom: Day?
    /// Whether records from before that day are not known since objects that may have them have faults.
    package let isKnownBehindFaults: Bool

    /// Days by which S3 may be late to delete an object that has expired: it does so once a day, and says of no limit.
    private static let expirationDelayDays = 3

    /// What the chain of the objects that were read says, and the archiver's checkpoints, by shard.
    ///
    /// `firstWritten` is the day on which the oldest object that is still there was written, by which S3 expires it: an
    /// object that was written anew is younger than its name. Nil where nobody asks what was deleted.
    ///
    /// `faultyUntil` is the last day of arrival of what objects may have lost that have faults and judge no day; nil where
    /// there are none.
    package init(
        _ chain: ArchiveChain,
        checkpoints: [String: Checkpoint],
        _ reading: Reading,
        reach: AuditReach,
        firstWritten: Day? = nil,
        faultyUntil: Day? = nil
    ) {
        // An object is written behind its records: what came later than that was younger than one that is still there.
        let youngestExpired = firstWritten?.adding(days: Self.expirationDelayDays)
        var gaps: [Gap] = []
        // The latest day of arrival of what is missing at a shard's beginning, or is not missed.
        var missing = faultyUntil
        for records in chain.gaps(checkpoints: checkpoints.mapValues(\.sequenceNumber)) {
            let arrival = Self.arrival(of: records, checkpoints)
            // What is missing came before what stands behind it.
            let told = arrival ?? records.before.flatMap { ArchiveObjectName($0)?.day }
            let latest = told ?? reading.today
            let isJudged = reading.border.map { $0 <= latest } ?? true
            let isBeginning = records.behindObject.map(reading.mayHaveExpired) ?? true
            // Repetitions of what nobody misses are not known as such either.
            if isBeginning || !isJudged { missing = max(missing ?? latest, latest) }
            guard isJudged, arrival != nil || reading.keptFrom == nil || !isBeginning else { continue }
            let isDeletion = arrival.map { arrival in youngestExpired.map { $0 < arrival } ?? false } ?? false
            gaps.append(Gap(records, latest: told, isDeletion: isDeletion, reach: reach))
        }
        self.today = reading.today
        self.gaps = gaps
        self.missingUntil = missing
        let first = [reading.keptFrom, missing.map { $0.adding(days: 1) ?? $0 }].compactMap { $0 }.max()
        self.firstWholeDay = first.map { reach.firstWholeDay(from: $0) ?? $0 }
        self.firstRepairableDay = first.map { reach.firstRepairableDay(from: $0) ?? $0 }
        let knownFrom = [first, reading.first].compactMap { $0 }.max()
        self.knownFrom = knownFrom
        self.isKnownBehindFaults = faultyUntil.map { $0.adding(days: 1) == knownFrom } ?? false
    }

    /// The day on which the last of the missing records arrived, or its object was written; nil where nothing tells.
    private static func arrival(of gap: ArchiveChain.Gap, _ checkpoints: [String: Checkpoint]) -> Day? {
        if gap.before == nil, let updatedAt = checkpoints[gap.shardID]?.updatedAt { return updatedAt.day }
        return SequenceNumber(gap.last)?.time.map { Day($0) }
    }

    /// Whether all orders of a day are here.
    package func isWhole(_ day: Day) -> Bool { self.firstWholeDay.map { $0 <= day } ?? true }

    /// Whether the rows of a day may be set to what the archive adds up to.
    package func isRepairable(_ day: Day) -> Bool { self.firstRepairableDay.map { $0 <= day } ?? true }
}
