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
        let length = event.rows.reduce(EventHead.size) { $0 + ByteWriter.size(of: $1) }
        self.bytes.append(contentsOf: repeatElement(0, count: length))
        self.bytes.withUnsafeMutableBytes { bytes in
            var writer = ByteWriter(bytes: bytes, offset: start)
            writer.write(UInt32(length))
            writer.write(event.key.high)
            writer.write(event.key.low)
            writer.write(event.arrival)
            writer.write(event.content)
            writer.write(event.place.object)
            writer.write(event.place.line)
            for row in event.rows { writer.write(row) }
        }
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
    /// Bytes of a head: length, key, arrival, content, place.
    static let size = 4 + 16 + 8 + 8 + 8

    let key: EventKey
    let arrival: Int64
    let content: UInt64
    let place: LinePlace
    let offset: Int
}

private struct ByteWriter {
    let bytes: UnsafeMutableRawBufferPointer
    var offset: Int

    mutating func write(_ number: some FixedWidthInteger) {
        self.bytes.storeBytes(of: number.littleEndian, toByteOffset: self.offset, as: type(of: number))
        self.offset += number.bitWidth / 8
    }

    /// How many bytes `write` takes for the row.
    static func size(of row: CounterRow) -> Int {
        switch row.key {
        case .revenue: 1 + 4 + 4 + 16 + 8
        case .orders: 1 + 4 + 8 + 8
        case .product(_, let id, _): 1 + 4 + 4 + 8 + 16 + 16 + 2 + id.text.utf8.count
        }
    }

    mutating func write(_ row: CounterRow) {
        switch (row.key, row.delta) {
        case (.revenue(let day, let currency), .revenue(let value, let count)):
            self.write(UInt8(0))
            self.write(day.number)
            self.write(currency.packed)
            self.write(value.billionths)
            self.write(count)
        case (.orders(let day), .orders(let total, let successful)):
            self.write(UInt8(1))
            self.write(day.number)
            self.write(total)
            self.write(successful)
        case (.product(let day, let id, let currency), .product(let orders, let units, let revenue)):
            self.write(UInt8(2))
            self.write(day.number)
            self.write(currency.packed)
            let text = id.text.utf8
            self.write(UInt16(text.count))
            UnsafeMutableRawBufferPointer(rebasing: self.bytes[self.offset...]).copyBytes(from: text)
            self.offset += text.count
            self.write(orders)
            self.write(units)
            self.write(revenue.billionths)
        case (.revenue, _), (.orders, _), (.product, _):
            preconditionFailure("a row's delta is of its key's kind")
        }
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
        switch kind {
        case 0:
            let value = Money(billionths: self.read(UInt128.self))
            return .revenue(value: value, count: self.read(UInt64.self))
        case 1:
            let total = self.read(UInt64.self)
            return .orders(total: total, successful: self.read(UInt64.self))
        default:
            let orders = self.read(UInt64.self)
            let units = self.read(UInt128.self)
            return .product(orderCount: orders, units: units, revenue: Money(billionths: self.read(UInt128.self)))
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
