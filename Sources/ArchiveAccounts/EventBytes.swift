internal import Orders

/// Events as bytes one behind the other, to be kept in memory or in a file: little-endian, each with its length in front.
///
/// Numbers are written narrow where they are as small as an order's mostly are, so that a large archive takes little room.
package struct EventBytes: Sendable, Equatable {
    /// The events, one behind the other.
    package private(set) var bytes: [UInt8] = []

    /// No events yet.
    package init() {}

    /// Bytes that were written by `append`.
    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// These events and others.
    package func adding(_ other: [UInt8]) -> EventBytes {
        other.isEmpty ? self : EventBytes(self.bytes + other)
    }

    /// Adds an event.
    package mutating func append(_ event: CountedEvent) {
        let most = event.rows.reduce(0) { $0 + ByteWriter.mostBytes(of: $1.key) }
        self.append(event.key, event.arrival, event.content, event.record, event.place, mostBytesOfRows: most) { add in
            for row in event.rows { add(row.key, row.delta) }
        }
    }

    /// Adds an event that counts an order, without making a list of its rows.
    mutating func append(
        _ order: OrderEvent,
        _ key: EventKey,
        _ arrival: Int64,
        _ content: UInt64,
        _ record: UInt64,
        _ place: LinePlace
    ) {
        let most = order.lines.reduce(ByteWriter.mostBytesOfRevenue + ByteWriter.mostBytesOfOrders) {
            $0 + ByteWriter.mostBytes(ofProduct: $1.productID)
        }
        self.append(key, arrival, content, record, place, mostBytesOfRows: most) { order.forEachCounterRow($0) }
    }

    private mutating func append(
        _ key: EventKey,
        _ arrival: Int64,
        _ content: UInt64,
        _ record: UInt64,
        _ place: LinePlace,
        mostBytesOfRows: Int,
        forEachRow: ((CounterKey, CounterDelta) -> Void) -> Void
    ) {
        withUnsafeTemporaryAllocation(byteCount: EventHead.size + mostBytesOfRows, alignment: 1) { bytes in
            var writer = ByteWriter(bytes: bytes, offset: 4)
            writer.write(key.high)
            writer.write(key.low)
            writer.write(arrival)
            writer.write(content)
            writer.write(record)
            writer.write(place.object)
            writer.write(place.line)
            forEachRow { key, delta in writer.write(key, delta) }
            let length = writer.offset
            writer.offset = 0
            writer.write(UInt32(length))
            self.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        }
    }

    /// Makes room for so many bytes more, which are else moved each time that they outgrow their place.
    mutating func reserve(_ count: Int) { self.bytes.reserveCapacity(self.bytes.count + count) }

    /// Hands each event's head to `body`, with the place of its bytes.
    func forEachHead(_ body: (EventHead) throws -> Void) rethrows {
        try self.bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                var reader = ByteReader(bytes: bytes, offset: offset)
                let length = Int(reader.read(UInt32.self))
                precondition(length >= EventHead.size && offset + length <= bytes.count, "these are no events")
                let key = EventKey(high: reader.read(UInt64.self), low: reader.read(UInt64.self))
                let arrival = reader.read(Int64.self)
                let content = reader.read(UInt64.self)
                let record = reader.read(UInt64.self)
                let place = LinePlace(object: reader.read(UInt32.self), line: reader.read(UInt32.self))
                try body(
                    EventHead(
                        key: key,
                        arrival: arrival,
                        content: content,
                        record: record,
                        place: place,
                        offset: offset
                    )
                )
                offset += length
            }
        }
    }

    /// Hands each row of the event at an offset to `body`: the bytes of its key, which are the same wherever the row comes, and
    /// what the event adds to it.
    func forEachRow(at offset: Int, _ body: (UnsafeRawBufferPointer, CounterDelta) -> Void) {
        self.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes: bytes, offset: offset)
            let end = offset + Int(reader.read(UInt32.self))
            reader.offset = offset + EventHead.size
            while reader.offset < end {
                let key = reader.key()
                body(key, reader.delta(of: key[0]))
            }
        }
    }

    /// The row that the bytes of a key name.
    static func key(_ bytes: UnsafeRawBufferPointer) -> CounterKey {
        var reader = ByteReader(bytes: bytes, offset: 0)
        let kind = reader.read(UInt8.self)
        let day = Day(number: reader.read(UInt32.self))
        switch kind {
        case 0: return .revenue(day, Currency(packed: reader.read(UInt32.self)))
        case 1: return .orders(day)
        default:
            let currency = Currency(packed: reader.read(UInt32.self))
            let length = Int(reader.read(UInt16.self))
            let text = String(decoding: bytes[reader.offset..<reader.offset + length], as: UTF8.self)
            guard let id = Identifier(text) else { preconditionFailure("ids are written whole") }
            return .product(day, id, currency)
        }
    }
}

/// An event without its rows, and where it stands in its bytes.
struct EventHead {
    /// Bytes of a head: length, key, arrival, content, record, place.
    static let size = 4 + 16 + 8 + 8 + 8 + 8

    let key: EventKey
    let arrival: Int64
    let content: UInt64
    let record: UInt64
    let place: LinePlace
    let offset: Int
}

/// How a row's numbers are written, which the byte behind its key says.
private enum NumberWidth {
    /// Counts of 8 bits, units of 32, money of 64.
    static let narrow: UInt8 = 0
    /// Counts of 64 bits, units and money of 128.
    static let wide: UInt8 = 1
}

private struct ByteWriter {
    let bytes: UnsafeMutableRawBufferPointer
    var offset: Int

    mutating func write(_ number: some FixedWidthInteger) {
        self.bytes.storeBytes(of: number.littleEndian, toByteOffset: self.offset, as: type(of: number))
        self.offset += number.bitWidth / 8
    }

    // How many bytes `write` takes for a row at most, by its kind.
    static let mostBytesOfRevenue = 1 + 4 + 4 + 1 + 16 + 8
    static let mostBytesOfOrders = 1 + 4 + 1 + 8 + 8
    static func mostBytes(ofProduct id: Identifier) -> Int { 1 + 4 + 4 + 2 + id.text.utf8.count + 1 + 8 + 16 + 16 }

    static func mostBytes(of key: CounterKey) -> Int {
        switch key {
        case .revenue: self.mostBytesOfRevenue
        case .orders: self.mostBytesOfOrders
        case .product(_, let id, _): self.mostBytes(ofProduct: id)
        }
    }

    mutating func write(_ key: CounterKey, _ delta: CounterDelta) {
        switch (key, delta) {
        case (.revenue(let day, let currency), .revenue(let value, let count)):
            self.write(UInt8(0))
            self.write(day.number)
            self.write(currency.packed)
            if let few = UInt8(exactly: count), let small = UInt64(exactly: value.billionths) {
                self.write(NumberWidth.narrow)
                self.write(small)
                self.write(few)
            } else {
                self.write(NumberWidth.wide)
                self.write(value.billionths)
                self.write(count)
            }
        case (.orders(let day), .orders(let total, let successful)):
            self.write(UInt8(1))
            self.write(day.number)
            if let few = UInt8(exactly: total), let fewer = UInt8(exactly: successful) {
                self.write(NumberWidth.narrow)
                self.write(few)
                self.write(fewer)
            } else {
                self.write(NumberWidth.wide)
                self.write(total)
                self.write(successful)
            }
        case (.product(let day, let id, let currency), .product(let orders, let units, let revenue)):
            self.write(UInt8(2))
            self.write(day.number)
            self.write(currency.packed)
            self.write(id)
            if let few = UInt8(exactly: orders), let some = UInt32(exactly: units),
                let small = UInt64(exactly: revenue.billionths)
            {
                self.write(NumberWidth.narrow)
                self.write(few)
                self.write(some)
                self.write(small)
            } else {
                self.write(NumberWidth.wide)
                self.write(orders)
                self.write(units)
                self.write(revenue.billionths)
            }
        case (.revenue, _), (.orders, _), (.product, _):
            preconditionFailure("a row's delta is of its key's kind")
        }
    }

    private mutating func write(_ id: Identifier) {
        let text = id.text.utf8
        self.write(UInt16(text.count))
        UnsafeMutableRawBufferPointer(rebasing: self.bytes[self.offset...]).copyBytes(from: text)
        self.offset += text.count
    }
}

private struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var offset: Int

    mutating func read<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        defer { self.offset += MemoryLayout<Number>.size }
        return Number(littleEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: Number.self))
    }

    /// The bytes of the next row's key: its kind, day and currency, and a product's id.
    mutating func key() -> UnsafeRawBufferPointer {
        let start = self.offset
        switch self.read(UInt8.self) {
        case 0: self.offset += 4 + 4
        case 1: self.offset += 4
        default:
            self.offset += 4 + 4
            let length = Int(self.read(UInt16.self))
            self.offset += length
        }
        return UnsafeRawBufferPointer(rebasing: self.bytes[start..<self.offset])
    }

    /// What stands behind a key of that kind.
    mutating func delta(of kind: UInt8) -> CounterDelta {
        let isNarrow = self.read(UInt8.self) == NumberWidth.narrow
        switch kind {
        case 0:
            let value = self.money(isNarrow)
            return .revenue(value: value, count: self.count(isNarrow))
        case 1:
            let total = self.count(isNarrow)
            return .orders(total: total, successful: self.count(isNarrow))
        default:
            let orders = self.count(isNarrow)
            let units = isNarrow ? UInt128(self.read(UInt32.self)) : self.read(UInt128.self)
            return .product(orderCount: orders, units: units, revenue: self.money(isNarrow))
        }
    }

    private mutating func count(_ isNarrow: Bool) -> UInt64 {
        isNarrow ? UInt64(self.read(UInt8.self)) : self.read(UInt64.self)
    }

    private mutating func money(_ isNarrow: Bool) -> Money {
        Money(billionths: isNarrow ? UInt128(self.read(UInt64.self)) : self.read(UInt128.self))
    }
}

/// Events in parts by their keys, to be taken out together.
package struct DividedEvents: Sendable {
    /// The bytes of each part's events.
    package private(set) var parts: [[UInt8]]
    /// How many bytes all of them have.
    package private(set) var count = 0

    /// No events, in so many parts.
    package init(parts: Int) {
        self.parts = [[UInt8]](repeating: [], count: parts)
    }

    /// Adds events.
    package mutating func add(_ events: EventBytes) {
        let count = self.parts.count
        events.forEach(ofParts: count) { part, bytes in self.parts[part].append(contentsOf: bytes) }
        self.count += events.bytes.count
    }

    /// Forgets the events, but not the room they had.
    package mutating func removeAll() {
        for part in self.parts.indices { self.parts[part].removeAll(keepingCapacity: true) }
        self.count = 0
    }
}

extension EventBytes {
    /// Hands each event's bytes to `body` with the number of its part out of `count`: all events of a key are in one part.
    ///
    /// `divisor` is the product of the counts by which the events were divided before.
    package func forEach(
        ofParts count: Int,
        dividedBefore divisor: UInt64 = 1,
        _ body: (Int, ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        var pending: (part: Int, start: Int)?
        try self.forEachHead { head in
            if let pending { try body(pending.part, self.bytes[pending.start..<head.offset]) }
            pending = (Int(head.key.low / divisor % UInt64(count)), head.offset)
        }
        if let pending { try body(pending.part, self.bytes[pending.start...]) }
    }

    /// How many of the bytes are whole events, where the last one may be cut off.
    package static func wholeEvents(in bytes: [UInt8]) -> Int {
        bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 4 <= bytes.count {
                var reader = ByteReader(bytes: bytes, offset: offset)
                let end = offset + Int(reader.read(UInt32.self))
                guard end <= bytes.count else { break }
                offset = end
            }
            return offset
        }
    }
}
