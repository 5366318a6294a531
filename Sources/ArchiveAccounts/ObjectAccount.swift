internal import JSONText
internal import OrderFunctions
package import Orders
internal import Platform

/// What one object of the archive says: its events, as if none repeated another, and what is wrong with it.
package struct ObjectAccount: Sendable {
    /// Something that no object which the archiver wrote has.
    package struct Fault: Sendable, Equatable {
        /// The kind of it, which callers tell apart.
        package enum Kind: String, Sendable {
            /// A line that is no record of the archive's.
            case unreadableLine
            /// A format, or a version of the rules, that only a later version knows.
            case laterVersion
            /// A record that does not stand behind the one before it: a line that was doubled, moved, or put in.
            case order
            /// A record of another shard than the object's name says, or a first record other than it says.
            case name
            /// More or fewer records than the archiver wrote into it.
            case records
        }

        /// What is wrong.
        package let kind: Kind
        /// From 1; nil for the object as a whole.
        package let line: Int?
        /// What was found, without the values of records.
        package let detail: String
    }

    /// Each event in the order of the lines.
    package private(set) var events = EventBytes()
    /// How many lines there are.
    package private(set) var records = 0
    /// How many of them are orders.
    package private(set) var accepted = 0
    /// How many of them are dead letters of the aggregator.
    package private(set) var refused = 0
    /// Those of them that nobody has read, since processes died of them.
    package private(set) var deadly = 0
    /// How many of the refused ones were orders by the rules of then, by the days that they counted in.
    package private(set) var refusedSince: [Day: Int] = [:]
    /// What is wrong, in the order of the lines.
    package private(set) var faults: [Fault] = []
    /// The accepted orders, where they are asked for.
    package private(set) var orders: [PlacedOrder] = []
    /// The events that are asked for: those that the aggregator may not have counted yet.
    package private(set) var recent: [RecentEvent] = []
    /// The days that its events count in.
    package private(set) var days: Set<Day> = []

    /// The last record's shard and sequence number.
    package var last: (shardID: String, sequenceNumber: String)? {
        self.previous.map { place in
            (String(decoding: place.shardID, as: UTF8.self), String(decoding: place.sequenceNumber, as: UTF8.self))
        }
    }

    /// What is kept of an object besides its events.
    package struct Wishes: Sendable {
        /// Accepted orders of these days.
        package var orders: ClosedRange<Day>?
        /// Events behind the aggregator's checkpoints, by shard; all of a shard that has none.
        package var recent: [String: String]?

        /// Nothing besides, or what is given.
        package init(orders: ClosedRange<Day>? = nil, recent: [String: String]? = nil) {
            self.orders = orders
            self.recent = recent
        }
    }

    private let decoder: OrderRecordDecoder
    private let object: UInt32
    private let wishes: Wishes
    private let name: ArchiveObjectName?
    private var previous: RecordPlace?
    /// The checkpoint of the last line's shard, where events behind checkpoints are asked for.
    private var checkpoint: ShardCheckpoint?
    private var lastDay: Day?

    /// Of the object of that key, which is the `object`th of all.
    package init(object: UInt32, key: String, decoder: OrderRecordDecoder, wishes: Wishes = Wishes()) {
        self.object = object
        self.decoder = decoder
        self.wishes = wishes
        self.name = ArchiveObjectName(key)
        if self.name == nil {
            self.faults.append(Fault(kind: .name, line: nil, detail: "no name of an archive object"))
        }
    }

    /// Of lines as the archive will have them of what is in the stream behind it, in place of the `number`th object.
    package init(stream number: UInt32, decoder: OrderRecordDecoder, wishes: Wishes = Wishes()) {
        self.object = number
        self.decoder = decoder
        self.wishes = wishes
        self.name = nil
    }

    /// Takes all lines of an object as it is stored, up to where it is damaged.
    package mutating func add(linesOf gzip: [UInt8]) {
        // A line's event takes up to half as many bytes again as the line does compressed.
        self.events.reserve(gzip.count + gzip.count / 2)
        do {
            try GzipLines.forEach(in: gzip) { self.add($0) }
        } catch {
            self.faults.append(Fault(kind: .unreadableLine, line: self.records + 1, detail: "\(error)"))
        }
    }

    /// Takes the next line.
    package mutating func add(_ bytes: ArraySlice<UInt8>) {
        self.records += 1
        do {
            var line = try ArchiveLine(bytes, self.decoder)
            self.take(&line, bytes)
        } catch {
            self.note(.unreadableLine, "it is no line of the archive: \(error)")
        }
    }

    private mutating func take(_ line: inout ArchiveLine, _ bytes: ArraySlice<UInt8>) {
        // What the rules before made of a record is read by those of now (docs/formats.md, "Versions").
        guard line.format == 1, (1...Int64(OrderRecordDecoder.rulesVersion)).contains(line.rules) else {
            return self.note(
                .laterVersion,
                "format \(line.format), rules \(line.rules); this version knows format 1, rules 1 to \(OrderRecordDecoder.rulesVersion)"
            )
        }
        self.checkPlace(of: line)
        if self.previous?.move(to: line) == nil { self.previous = RecordPlace(line) }
        self.count(&line, bytes)
    }

    private mutating func checkPlace(of line: borrowing ArchiveLine) {
        if let previous, self.name != nil {
            if !previous.isInShard(of: line) {
                self.note(.name, "a record of another shard than the one before it")
            } else if !previous.isBefore(line) {
                self.note(.order, "the record \(line.eventID) does not stand behind the one before it")
            }
        } else if let name, !name.begins(with: line) {
            self.note(.name, "the first record is \(line.eventID)")
        }
    }

    private mutating func count(_ line: inout ArchiveLine, _ bytes: ArraySlice<UInt8>) {
        let place = LinePlace(object: self.object, line: UInt32(self.records))
        switch line.order(self.decoder) {
        case .order(let order):
            self.accepted += 1
            let record = ContentHash.ofRecord(line)
            if self.wishes.orders?.contains(order.timestamp.day) == true {
                self.orders.append(PlacedOrder(id: order.orderID, place: place, record: record))
            }
            let arrival = self.note(line, place, on: order.timestamp.day)
            self.events.append(
                order,
                EventKey(EventMarker(id: order.id)),
                arrival,
                ContentHash.of(order),
                record,
                place
            )
        case .otherType: break
        case .invalid(let invalid):
            self.refused += 1
            if line.isDeadly { self.deadly += 1 }
            if let day = Self.dayOfAcceptance(bytes) { self.refusedSince[day, default: 0] += 1 }
            guard let day = invalid.timestamp?.day else { return }
            // By its id if it has one, else by its place: as the aggregator's claims have it.
            guard let id = invalid.id ?? Identifier(line.eventID) else { return }
            let marker = EventMarker(id: id, scope: .invalid)
            let arrival = self.note(line, place, on: day)
            self.events.append(
                CountedEvent(
                    key: EventKey(marker),
                    arrival: arrival,
                    content: 0,
                    record: ContentHash.ofRecord(line),
                    place: place,
                    rows: invalid.counterRows
                )
            )
        }
    }

    /// The day that the line's record counted in as an order when it was archived; nil where it was none.
    private static func dayOfAcceptance(_ line: ArraySlice<UInt8>) -> Day? {
        guard (try? ArchiveLine.orderMember("verdict", of: line)) == "accepted",
            let day = try? ArchiveLine.orderMember("day", of: line)
        else { return nil }
        return Timestamp("\(day)T00:00:00Z")?.day
    }

    /// Notes that the line's event counts on that day, and gives when it arrived.
    private mutating func note(_ line: borrowing ArchiveLine, _ place: LinePlace, on day: Day) -> Int64 {
        if self.isRecent(line) { self.recent.append(RecentEvent(line, place)) }
        if day != self.lastDay {
            self.lastDay = day
            self.days.insert(day)
        }
        return line.arrival?.millisecondsSince1970 ?? .min
    }

    /// Whether the line's record is asked for: it stands behind its shard's checkpoint, or there is none.
    private mutating func isRecent(_ line: borrowing ArchiveLine) -> Bool {
        guard self.wishes.recent != nil else { return false }
        if self.checkpoint?.isOfShard(of: line) != true {
            self.checkpoint = ShardCheckpoint(line, in: self.wishes.recent ?? [:])
        }
        return self.checkpoint?.isBefore(line) ?? true
    }

    /// When the last of its events arrived, in milliseconds since 1970; nil where no line tells it.
    package var lastArrival: Int64? {
        var last: Int64?
        self.events.forEachHead { head in if head.arrival != .min { last = max(last ?? head.arrival, head.arrival) } }
        return last
    }

    /// The end of the object: what its metadata say of it.
    package mutating func finish(recordsWritten: Int?) {
        if let recordsWritten, recordsWritten != self.records {
            let detail = "it has \(self.records.counting("line")), and was written with \(recordsWritten)"
            self.faults.append(Fault(kind: .records, line: nil, detail: detail))
        } else if self.records == 0, self.faults.isEmpty {
            self.faults.append(Fault(kind: .records, line: nil, detail: "it has no line"))
        }
    }

    private mutating func note(_ kind: Fault.Kind, _ detail: String) {
        self.faults.append(Fault(kind: kind, line: self.records, detail: detail))
    }
}

/// `orders/dt=2025-08-27/hour=18/<shardId>-<first sequence number>.ndjson.gz`, taken apart.
package struct ArchiveObjectName: Sendable, Equatable {
    /// The shard.
    package let shardID: String
    /// The first record's number, as it was received.
    package let firstSequenceNumber: String
    /// `2025-08-27T18`.
    package let hour: String

    /// Nil for the key of anything else.
    package init?(_ key: String) {
        let parts = key.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map { Substring($0) }
        guard parts.count == 4, parts[0] == "orders", parts[1].hasPrefix("dt="), parts[2].hasPrefix("hour="),
            parts[3].hasSuffix(".ndjson.gz")
        else { return nil }
        let name = parts[3].dropLast(".ndjson.gz".utf8.count)
        guard let dash = name.utf8.lastIndex(of: UInt8(ascii: "-")) else { return nil }
        let number = name[name.utf8.index(after: dash)...]
        guard !number.isEmpty, number.utf8.allSatisfy({ $0.isASCIIDigit }) else { return nil }
        self.shardID = String(name[..<dash])
        self.firstSequenceNumber = String(number)
        self.hour = "\(parts[1].dropFirst(3))T\(parts[2].dropFirst(5))"
    }

    /// The UTC day of its first record's arrival, or the next best; nil where it is none of the calendar.
    package var day: Day? { Timestamp("\(self.hour.prefix(10))T00:00:00Z")?.day }

    /// The keys hour by hour, a shard's objects in the order of its records, however many digits their numbers have; others
    /// last.
    package static func inOrder(_ keys: [String]) -> [String] {
        let named = keys.map { (key: $0, name: Self($0)) }
        return named.sorted { left, right in
            guard let one = left.name, let other = right.name else {
                return left.name == nil && right.name == nil ? left.key < right.key : left.name != nil
            }
            if one.hour != other.hour { return one.hour < other.hour }
            if one.shardID != other.shardID { return one.shardID < other.shardID }
            return ArchiveChain.isLess(one.firstSequenceNumber, other.firstSequenceNumber)
        }.map(\.key)
    }

    /// Of each shard the last objects, up to `count`, whose keys are less than `firstKey`, from the last one back.
    package static func last(_ count: Int, before firstKey: String, in keys: [String]) -> [[String]] {
        var last: [String: [(key: String, number: String)]] = [:]
        for key in keys where key < firstKey {
            guard let name = Self(key) else { continue }
            let objects = last[name.shardID] ?? []
            let place =
                objects.lastIndex { ArchiveChain.isLess($0.number, name.firstSequenceNumber) }.map { $0 + 1 } ?? 0
            last[name.shardID, default: []].insert((key, name.firstSequenceNumber), at: place)
            if objects.count == count { last[name.shardID]?.removeFirst() }
        }
        return last.sorted { $0.key < $1.key }.map { $0.value.reversed().map(\.key) }
    }

    /// Of a shard's objects, from the last one back, those that have a record which none behind them has.
    ///
    /// `ends` are the numbers of the objects' last records by key; one of which nothing tells it may reach anywhere.
    package static func reachingFurthest(_ keys: [String], ends: [String: String]) -> [String] {
        var furthest: String?
        return keys.filter { key in
            guard let end = ends[key] else { return true }
            if let known = furthest, !ArchiveChain.isLess(known, end) { return false }
            furthest = end
            return true
        }
    }

    /// Whether an object of this name may begin with the line.
    func begins(with line: borrowing ArchiveLine) -> Bool {
        self.shardID.utf8.elementsEqual(line.shardID)
            && self.firstSequenceNumber.utf8.drop { $0 == 0x30 }.elementsEqual(line.sequenceNumber.drop { $0 == 0x30 })
    }
}
