internal import Orders

/// Events as bytes one behind the other, to be kept in memory or in a file: little-endian, each with its length in front.
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
    package func adding(_ other: [UInt8]) -> EventBytes { EventBytes(self.bytes + other) }

    /// Adds an event.
    package mutating func append(_ event: CountedEvent) {
        let start = self.bytes.count
        self.append(UInt32(0))
        self.append(event.key.high)
        self.append(event.key.low)
        self.append(event.arrival)
        self.append(event.content)
        self.append(event.place.object)
        self.append(event.place.line)
        for row in event.rows { self.append(row) }
        let length = UInt32(self.bytes.count - start)
        withUnsafeBytes(of: length.littleEndian) { self.bytes.replaceSubrange(start..<start + 4, with: $0) }
    }

    private mutating func append(_ row: CounterRow) {
        switch (row.key, row.delta) {
        case (.revenue(let day, let currency), .revenue(let value, let count)):
            self.append(UInt8(0))
            self.append(day.number)
            self.append(currency.packed)
            self.append(value.billionths)
            self.append(count)
        case (.orders(let day), .orders(let total, let successful)):
            self.append(UInt8(1))
            self.append(day.number)
            self.append(total)
            self.append(successful)
        case (.product(let day, let id, let currency), .product(let orders, let units, let revenue)):
            self.append(UInt8(2))
            self.append(day.number)
            self.append(currency.packed)
            self.append(orders)
            self.append(units)
            self.append(revenue.billionths)
            self.append(UInt16(id.text.utf8.count))
            self.bytes.append(contentsOf: id.text.utf8)
        case (.revenue, _), (.orders, _), (.product, _):
            preconditionFailure("a row's delta is of its key's kind")
        }
    }

    private mutating func append(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { self.bytes.append(contentsOf: $0) }
    }

    /// Hands each event's head to `body`, with the place of its bytes.
    func forEachHead(_ body: (EventHead) -> Void) {
        self.bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset < bytes.count {
                var reader = ByteReader(bytes: bytes, offset: offset)
                let length = Int(reader.read(UInt32.self))
                let key = EventKey(high: reader.read(UInt64.self), low: reader.read(UInt64.self))
                let arrival = reader.read(Int64.self)
                let content = reader.read(UInt64.self)
                let place = LinePlace(object: reader.read(UInt32.self), line: reader.read(UInt32.self))
                body(EventHead(key: key, arrival: arrival, content: content, place: place, offset: offset))
                offset += length
            }
        }
    }

    /// The rows of the event at an offset.
    func rows(at offset: Int) -> [CounterRow] {
        self.bytes.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes: bytes, offset: offset)
            let end = offset + Int(reader.read(UInt32.self))
            reader.offset = offset + EventHead.size
            var rows: [CounterRow] = []
            while reader.offset < end { rows.append(reader.row()) }
            return rows
        }
    }
}

/// An event without its rows, and where it stands in its bytes.
struct EventHead {
    /// Bytes of a head: length, key, arrival, content, place.
    static let size = 4 + 16 + 8 + 8 + 8

    let key: EventKey
    let arrival: Int64
    let content: UInt64
    let place: LinePlace
    let offset: Int
}

private struct ByteReader {
    let bytes: UnsafeRawBufferPointer
    var offset: Int

    mutating func read<Number: FixedWidthInteger>(_: Number.Type) -> Number {
        defer { self.offset += MemoryLayout<Number>.size }
        return Number(littleEndian: self.bytes.loadUnaligned(fromByteOffset: self.offset, as: Number.self))
    }

    mutating func row() -> CounterRow {
        let kind = self.read(UInt8.self)
        let day = Day(number: self.read(UInt32.self))
        switch kind {
        case 0:
            let currency = Currency(packed: self.read(UInt32.self))
            let value = Money(billionths: self.read(UInt128.self))
            return CounterRow(.revenue(day, currency), .revenue(value: value, count: self.read(UInt64.self)))
        case 1:
            let total = self.read(UInt64.self)
            return CounterRow(.orders(day), .orders(total: total, successful: self.read(UInt64.self)))
        default:
            let currency = Currency(packed: self.read(UInt32.self))
            let orders = self.read(UInt64.self)
            let units = self.read(UInt128.self)
            let revenue = Money(billionths: self.read(UInt128.self))
            let length = Int(self.read(UInt16.self))
            defer { self.offset += length }
            let text = String(decoding: self.bytes[self.offset..<self.offset + length], as: UTF8.self)
            guard let id = Identifier(text) else { preconditionFailure("ids are written whole") }
            let delta = CounterDelta.product(orderCount: orders, units: units, revenue: revenue)
            return CounterRow(.product(day, id, currency), delta)
        }
    }
}

extension EventBytes {
    /// Hands each event's bytes to `body` with the number of its part out of `count`: all events of a key are in one part.
    package func forEach(ofParts count: Int, _ body: (Int, ArraySlice<UInt8>) -> Void) {
        var pending: (part: Int, start: Int)?
        self.forEachHead { head in
            if let pending { body(pending.part, self.bytes[pending.start..<head.offset]) }
            pending = (Int(head.key.low % UInt64(count)), head.offset)
        }
        if let pending { body(pending.part, self.bytes[pending.start...]) }
    }
}
