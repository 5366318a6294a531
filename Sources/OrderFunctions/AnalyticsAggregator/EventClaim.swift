internal import Orders
internal import Platform

/// The claim of a record to be the one that counts an event: one to put, or one that is in the table.
struct EventClaim: Sendable {
    let marker: EventMarker
    let owner: StreamPlace
    /// When the stream received the owner, in seconds since 1970; nil where the event does not say.
    let arrival: Int64?
    /// What the event is, if others can come under its id.
    let digest: String?
    /// The day that the event counts on; nil for that of its arrival.
    var day: Day?
    /// The names of the rows that former owners have counted the event in, and the owner does not.
    var rowsCountedBefore: Set<RowName> = []
    /// The former owners themselves.
    var formerOwners: Set<StreamPlace> = []
}

extension EventClaim {
    /// The day that the event counts on; nil where nothing says it.
    var countingDay: Day? { self.day ?? self.arrival.map(Self.day(ofArrival:)) }

    /// The former owners that may come once more, since they are of redrives.
    var formerRedrives: Set<StreamPlace> { self.formerOwners.filter(\.isOfRedrive) }

    /// What the owner counts of the rows that its record adds to.
    func rest(of rows: [CounterRow]) -> [CounterRow] {
        let rows = self.countingDay.map { rows.on($0) } ?? rows
        // Names are texts, which a batch that comes again would make for each of its rows.
        return self.rowsCountedBefore.isEmpty ? rows : rows.filter { !self.rowsCountedBefore.contains(RowName($0.key)) }
    }

    /// The UTC day of an arrival, in seconds since 1970.
    static func day(ofArrival seconds: Int64) -> Day {
        Timestamp(UTCInstant(millisecondsSince1970: 1_000 * seconds)).day
    }
}

extension [CounterRow] {
    /// The same rows of another day.
    func on(_ day: Day) -> [CounterRow] { self.map { CounterRow($0.key.on(day), $0.delta) } }
}
