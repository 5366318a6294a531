package import AWSClient
internal import LambdaEvents
package import Orders
internal import Platform

/// What an event counts once by: the key of the claim that the first of its records puts, whose `PK` is `EVENT#<id>`.
package struct EventMarker: Hashable, Sendable {
    /// What of the event the claim is for.
    package enum Scope: Hashable, Sendable {
        /// The order.
        case whole
        /// The dead letter of a record, whatever `MessageId` an order has: its key is the record's place.
        case letter
        /// That an invalid order is one of its day's orders; of one without a message id by the place where Kinesis had it.
        ///
        /// It is another claim than `whole`, so that the corrected order still counts under the same id.
        case invalid
    }

    /// What every `PK` of a claim begins with.
    static let prefix = "EVENT#"

    /// The `MessageId`; for a dead letter and for an invalid order without one the Kinesis event id.
    package let id: Identifier
    /// What of the event the claim is for.
    package let scope: Scope

    /// The key of an event's claim.
    package init(id: Identifier, scope: Scope = .whole) {
        self.id = id
        self.scope = scope
    }

    /// The item's `PK`.
    package var partitionKey: String { Self.prefix + self.id.text }

    /// The item's `SK`.
    package var sortKey: String {
        switch self.scope {
        case .whole: "EVENT"
        case .letter: "LETTER"
        case .invalid: "INVALID"
        }
    }
}

/// Where a record stands: what owns a claim.
struct StreamPlace: Hashable, Sendable {
    let stream: String
    let shardID: String
    let number: SequenceNumber
    /// The place in an aggregate, from 0; nil for a record that is no part of one.
    let part: Int?
}

extension StreamPlace {
    /// `<stream>:<shardId>:<sequenceNumber>`, of a part with `:<subSequenceNumber>` behind it.
    var text: String {
        "\(self.stream):\(self.shardID):\(self.number.unpadded)" + (self.part.map { ":\($0)" } ?? "")
    }

    /// Reads that text; nil for any other.
    init?(text: String) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 3 || parts.count == 4, let number = SequenceNumber(String(parts[2])) else { return nil }
        let part = parts.count == 4 ? Int(parts[3]) : nil
        guard parts.count == 3 || part != nil else { return nil }
        self.init(stream: String(parts[0]), shardID: String(parts[1]), number: number, part: part)
    }

    /// Whether it is in the shard of a redrive, which has this one record.
    var isOfRedrive: Bool { RedriveShard(shardID: self.shardID) != nil }

    /// Whether it is in the shard of the redrive of an aggregate that no process could read, which has all of its records.
    var isPartOfWholeRedrive: Bool {
        self.part != nil && RedriveShard(shardID: self.shardID).map { $0.subSequenceNumber == nil } ?? false
    }
}

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

extension ShardBatch {
    /// Where a record stands; nil where nothing says it.
    func place(ofRecord index: Int) -> StreamPlace? {
        self.records[index].sequenceNumber.map {
            let part = self.records[index].subSequenceNumber
            return StreamPlace(stream: self.stream, shardID: self.shardID, number: $0, part: part)
        }
    }

    /// The claim that a record would put; nil where nothing says its place.
    func claim(of marker: EventMarker, by index: Int, digest: String?, day: Day?) -> EventClaim? {
        guard let owner = self.place(ofRecord: index) else { return nil }
        let arrival = self.records[index].arrival?.secondsSince1970
        var claim = EventClaim(marker: marker, owner: owner, arrival: arrival, digest: digest)
        // Mostly it is that of the arrival, and there are as many claims as orders.
        if day != arrival.map(EventClaim.day(ofArrival:)) { claim.day = day }
        return claim
    }

    /// A record's event id where Kinesis had it, which is the same however often it is redriven; nil where nothing says its
    /// place.
    func originalID(ofRecord index: Int) -> Identifier? {
        guard let redrive = RedriveShard(shardID: self.shardID) else {
            return self.eventID(ofRecord: index).flatMap { Identifier($0) }
        }
        // The letter of an aggregate that no process could read holds all of its parts.
        let part = redrive.subSequenceNumber == nil ? self.records[index].subSequenceNumber : nil
        return Identifier(redrive.originalEventID + (part.map { ":\($0)" } ?? ""))
    }

    /// The key of a record's dead letter, whatever order it holds; nil where nothing says the record's place in the stream.
    func marker(ofRecord index: Int) -> EventMarker? {
        self.eventID(ofRecord: index).flatMap { Identifier($0) }.map { EventMarker(id: $0, scope: .letter) }
    }
}

/// The digest of an order's content, by which a repetition of the order is told from another order that was given the same
/// `MessageId`.
package enum EventDigest {
    /// The claim's attribute.
    static let attribute = "digest"
    /// How the digest is made: a claim with a digest of another version, or without any, is taken for the same order's.
    private static let version: StaticString = "1:"
    /// How many bytes of the hash are kept: 128 bits, enough that nobody meets two orders of one digest by chance.
    private static let length = 16

    /// `1:` and 32 hexadecimal digits of the SHA-256 of the order's facts; nil for an event that only its place in the
    /// stream identifies, which is always the same.
    package static func text(of event: OrderEvent) -> String? {
        guard event.hasMessageID else { return nil }
        return Hexadecimal.text(Digest.sha256(event.facts).prefix(self.length), behind: self.version)
    }

    /// The digest of a claim that is there; nil where it cannot be compared.
    package static func stored(in claim: AttributeMap?) -> String? {
        claim?[self.attribute]?.string.flatMap { $0.hasPrefix("\(self.version)") ? $0 : nil }
    }

    /// Whether two digests are of different orders; what has none cannot be told apart.
    static func differ(_ one: String?, _ other: String?) -> Bool {
        if let one, let other { one != other } else { false }
    }

    /// What the dead letter of the other order says.
    package static let conflict =
        "another order was counted under this MessageId, of other content (order id, createdUtc, amount, currency or "
        + "products); give this order a MessageId of its own and send it again"
}
