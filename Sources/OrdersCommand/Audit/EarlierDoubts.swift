package import ArchiveAccounts
internal import LambdaEvents
internal import OrderFunctions
package import Orders
internal import Platform

/// What of an object nobody can rely on: it has faults, or records that nobody has read.
package struct DoubtfulObject: Sendable, Equatable {
    /// Whether it has faults, so that records of it may be missing.
    package let hasFaults: Bool
    /// How many of its records nobody has read, since processes died of them.
    package let deadly: Int
    /// The last day on which an event of it arrived; nil where no line tells one.
    package let lastArrival: Day?
    /// The last day on which a record of it can have arrived that is missing; nil where nothing tells.
    package let end: Day?

    /// Nil for an object that can be relied on.
    package init?(_ account: ObjectAccount, metadata: [String: String]) {
        guard !account.faults.isEmpty || account.deadly > 0 else { return nil }
        let number = metadata[ArchiveMetadata.lastSequenceNumber].flatMap { SequenceNumber($0) }
        self.init(
            hasFaults: !account.faults.isEmpty,
            deadly: account.deadly,
            lastArrival: account.lastArrival.map { Day(UTCInstant(millisecondsSince1970: $0)) },
            // A number's time may lie two seconds before its record's arrival.
            end: number?.time.map { Day($0 + .seconds(2)) }
        )
    }

    /// One of the parts that are given.
    package init(hasFaults: Bool, deadly: Int, lastArrival: Day?, end: Day?) {
        self.hasFaults = hasFaults
        self.deadly = deadly
        self.lastArrival = lastArrival
        self.end = end
    }
}

/// What is doubtful in objects from before those by which days are judged.
///
/// These objects are read for one thing: whether an event of the days repeats another from long before. What is wrong
/// with them bears on no other row than those whose orders repeat one another from then on.
package struct EarlierDoubts: Sendable, Equatable {
    /// The keys of these objects.
    package private(set) var keys: Set<String> = []
    /// How many of their records nobody has read.
    ///
    /// A redrive counts each on the day of its order, which is long over on the days that are judged.
    package private(set) var deadly = 0
    /// The last day on which a record can have arrived that one of these objects has lost; nil where none has faults.
    package private(set) var faultyUntil: Day?

    /// None, as where every object that was read is judged.
    package init() {}

    /// Those of the objects that are doubtful, by their keys; `judged` are the keys by which the days are judged, which
    /// may have what arrived from `first` on.
    package init(of doubtful: [String: DoubtfulObject], judged: Set<String>, from first: Day) {
        for (key, object) in doubtful where !judged.contains(key) {
            // A line may have been moved there, or put in: then its event is one of those that judge.
            if let arrival = object.lastArrival, first <= arrival { continue }
            let before = first.adding(days: -1) ?? first
            self.keys.insert(key)
            self.deadly += object.deadly
            guard object.hasFaults else { continue }
            // No object that is not judged reaches further, whatever its damaged parts say.
            let end = min([object.end ?? before, object.lastArrival].compactMap { $0 }.max() ?? before, before)
            self.faultyUntil = max(self.faultyUntil ?? end, end)
        }
    }
}
