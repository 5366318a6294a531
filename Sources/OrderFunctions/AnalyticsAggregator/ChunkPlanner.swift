internal import Orders

/// Puts the events of a batch into as few transactions as DynamoDB's limits allow, in order.
///
/// No I/O, so every edge is a table-driven test.
package struct ChunkPlanner: Sendable {
    /// What one transaction holds.
    package struct Limits: Sendable, Equatable {
        /// How many items a transaction reads or writes.
        package var actions: Int
        /// How many bytes all items have together.
        package var bytes: Int

        /// DynamoDB's own limits: 100 actions, 4 MB.
        package static let dynamoDB = Limits(actions: 100, bytes: 4 * 1_024 * 1_024)

        /// Limits of one's own, for tests.
        package init(actions: Int, bytes: Int) {
            self.actions = actions
            self.bytes = bytes
        }

        /// The limits with room left for the checkpoint's action.
        package var withoutCheckpoint: Limits {
            Limits(actions: self.actions - 1, bytes: self.bytes - AnalyticsTable.greatestItemSize)
        }
    }

    private let limits: Limits

    /// A planner for transactions within limits, which must leave room for a marker and one row.
    package init(limits: Limits) {
        precondition(limits.actions >= 2, "a transaction holds a marker and a row")
        self.limits = limits
    }

    /// The chunks, each filled before the next is begun; every event is in exactly one, large ones in parts.
    ///
    /// `lastRecord` is the place of the batch's last record, which events may not reach.
    package func chunks(of events: [CountableEvent], lastRecord: Int) -> [TransactionChunk] {
        var chunks: [TransactionChunk] = []
        var open = OpenChunk()
        for event in events.lazy.flatMap({ self.parts(of: $0) }) {
            if open.add(event, within: self.limits) { continue }
            chunks.append(open.closed(lastRecord: event.record - 1))
            open = OpenChunk()
            let fits = open.add(event, within: self.limits)
            precondition(fits, "parts are cut so that each fits a transaction of its own")
        }
        if !open.isEmpty { chunks.append(open.closed(lastRecord: lastRecord)) }
        return chunks
    }

    /// The first part of an order with a message id takes the marker of a whole order, so that it meets another order that was
    /// given the same id, whichever of the two is counted in parts.
    ///
    /// An order without such an id leaves that marker to the record's dead letter, the only other thing that can come under
    /// it.
    private static func scope(ofPart number: Int, of event: CountableEvent) -> EventMarker.Scope {
        number == 1 && event.digest != nil ? .whole : .part(number)
    }

    /// The event, or where it has more rows than a transaction holds, its parts, each with a marker of its own.
    package func parts(of event: CountableEvent) -> [CountableEvent] {
        if ChunkLoad(event).fits(self.limits) { return [event] }
        var slices: [[CounterRow]] = [[]]
        var load = ChunkLoad(marker: event.marker)
        for row in event.rows {
            let grown = load.adding(row.key)
            if grown.fits(self.limits) || slices[slices.count - 1].isEmpty {
                load = grown
            } else {
                slices.append([])
                load = ChunkLoad(marker: event.marker).adding(row.key)
            }
            slices[slices.count - 1].append(row)
        }
        return slices.enumerated().map { index, rows in
            CountableEvent(
                record: event.record,
                marker: EventMarker(id: event.marker.id, scope: Self.scope(ofPart: index + 1, of: event)),
                isMarked: true,
                rows: rows,
                isPoison: event.isPoison,
                digest: event.digest
            )
        }
    }
}

/// Actions and bytes of a transaction.
private struct ChunkLoad {
    private(set) var actions = 0
    private(set) var bytes = 0

    init() {}

    /// An event alone.
    init(_ event: CountableEvent) {
        if event.isMarked { self = ChunkLoad(marker: event.marker) }
        for row in event.rows { self = self.adding(row.key) }
    }

    init(marker: EventMarker) {
        self.actions = 1
        self.bytes = AnalyticsTable.itemSize(of: marker)
    }

    func adding(_ key: CounterKey) -> ChunkLoad {
        var grown = self
        grown.actions += 1
        grown.bytes += AnalyticsTable.itemSize(of: key)
        return grown
    }

    func adding(_ marker: EventMarker) -> ChunkLoad {
        var grown = self
        grown.actions += 1
        grown.bytes += AnalyticsTable.itemSize(of: marker)
        return grown
    }

    func fits(_ limits: ChunkPlanner.Limits) -> Bool {
        self.actions <= limits.actions && self.bytes <= limits.bytes
    }
}

/// The chunk that is being filled.
private struct OpenChunk {
    private var events: [CountableEvent] = []
    private var sums = CounterSums()
    private var load = ChunkLoad()

    var isEmpty: Bool { self.events.isEmpty }

    /// Adds the event; false, and nothing is changed, where it does not fit in any more.
    mutating func add(_ event: CountableEvent, within limits: ChunkPlanner.Limits) -> Bool {
        do {
            let addition = try self.sums.addition(of: event.rows)
            var grown = event.isMarked ? self.load.adding(event.marker) : self.load
            for row in addition.new { grown = grown.adding(row.key) }
            guard grown.fits(limits) || self.events.isEmpty else { return false }
            self.sums.apply(addition)
            self.events.append(event)
            self.load = grown
            return true
        } catch {
            return false  // the sum would have more digits than DynamoDB adds at once
        }
    }

    func closed(lastRecord: Int) -> TransactionChunk {
        TransactionChunk(events: self.events, sums: self.sums, lastRecord: lastRecord)
    }
}
