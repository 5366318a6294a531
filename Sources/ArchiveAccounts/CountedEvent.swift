internal import AWSClient
internal import JSONText
package import OrderFunctions
package import Orders

/// What counts once, as a number that is the same wherever the event comes again: 128 bits.
package struct EventKey: Hashable, Comparable, Sendable {
    let high: UInt64
    let low: UInt64

    /// The key of the marker that makes the aggregator count the event once.
    ///
    /// A UUID in its usual form is its own number, told apart from MD5s of other ids by one bit, which only a UUID of
    /// version 8 to 15 would have; a hash that nobody attacks is enough here, since a collision only shows as a difference.
    package init(_ marker: EventMarker) {
        var key = Self.uuid(marker.id) ?? Self.hash(marker.id)
        // Another domain than the order itself: the corrected order counts under the same id.
        if marker.scope == .invalid { key = (~key.high, ~key.low) }
        (self.high, self.low) = key
    }

    init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// Any order, the same in every process.
    package static func < (left: EventKey, right: EventKey) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    private static func uuid(_ id: Identifier) -> (high: UInt64, low: UInt64)? {
        id.text.withUTF8Bytes { text in
            let dash = UInt8(ascii: "-")
            guard text.count == 36, text[8] == dash, text[13] == dash, text[18] == dash, text[23] == dash else {
                return nil
            }
            let bytes = UnsafeRawBufferPointer(text)
            func four(_ offset: Int) -> UInt64 {
                UInt64(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
            }
            guard let first = self.hexadecimal(four(0) | four(4) << 32),
                let second = self.hexadecimal(four(9) | four(14) << 32),
                let third = self.hexadecimal(four(19) | four(24) << 32),
                let fourth = self.hexadecimal(four(28) | four(32) << 32)
            else { return nil }
            let (high, low) = (first << 32 | second, third << 32 | fourth)
            // The version's first bit is clear in every UUID that is in use.
            return high & 0x8000 == 0 ? (high, low) : nil
        }
    }

    /// The number that eight digits in small letters write, the first one in the lowest byte; nil where one is none.
    private static func hexadecimal(_ digits: UInt64) -> UInt64? {
        let ones: UInt64 = 0x0101_0101_0101_0101
        // Of a digit its lower four bits, of a letter 9 more.
        let values = (digits & (0x0F * ones)) + 9 * (digits >> 6 & ones)
        let letters = (values + 0x76 * ones) >> 7 & ones
        // Written again, only digits are what they were.
        guard values & (0xF0 * ones) == 0, values + 0x30 * ones + 39 * letters == digits else { return nil }
        let pairs = (values << 4 | values >> 8) & 0x00FF_00FF_00FF_00FF
        let words = (pairs << 8 | pairs >> 16) & 0x0000_FFFF_0000_FFFF
        return (words << 16 | words >> 32) & 0xFFFF_FFFF
    }

    private static func hash(_ id: Identifier) -> (high: UInt64, low: UInt64) {
        let digest = Digest.md5(Array(id.text.utf8)[...])
        func number(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        return (number(digest[0..<8]) | 0x8000, number(digest[8..<16]))
    }
}

/// Where an archived record is: its object, by its place in the list of all objects, and its line there, from 1.
package struct LinePlace: Hashable, Comparable, Sendable {
    /// The object, by its place in the list of all.
    package let object: UInt32
    /// The line, from 1.
    package let line: UInt32

    /// A line of an object.
    package init(object: UInt32, line: UInt32) {
        self.object = object
        self.line = line
    }

    /// The order of reading.
    package static func < (left: LinePlace, right: LinePlace) -> Bool {
        left.object == right.object ? left.line < right.line : left.object < right.object
    }
}

/// An event of the archive with what it counts, unless it repeats another.
package struct CountedEvent: Sendable, Equatable {
    /// What the event counts once by.
    package let key: EventKey
    /// When the stream received it, in milliseconds since 1970; the least number where the line does not say.
    package let arrival: Int64
    /// A hash of what the order is: of two events of one key the second is a repetition if it is the same.
    package let content: UInt64
    /// A hash of the place in the stream that its record has: of two events of one key, arrival and content the second is
    /// the same record again, out of another object, if it is the same.
    package let record: UInt64
    /// Where its line is.
    package let place: LinePlace
    /// What it counts, at most one delta a row.
    package let rows: [CounterRow]

    /// An event of the parts that are given.
    package init(
        key: EventKey,
        arrival: Int64,
        content: UInt64,
        record: UInt64,
        place: LinePlace,
        rows: [CounterRow]
    ) {
        self.key = key
        self.arrival = arrival
        self.content = content
        self.record = record
        self.place = place
        self.rows = rows
    }
}

/// Hashes that are the same in every process, for what is compared and never attacked.
enum ContentHash {
    private static let start: UInt64 = 0xCBF2_9CE4_8422_2325

    /// What a repetition of the order says again: the same as `OrderEvent.facts`, which the aggregator compares.
    static func of(_ order: OrderEvent) -> UInt64 {
        let name = order.hasOwnOrderID ? self.of(order.orderID) : ~self.of(order.userID ?? order.id)
        var hash = self.mix(name, UInt64(bitPattern: order.created?.seconds ?? .min))
        hash = self.mix(hash, UInt64(order.currency.packed))
        hash = self.mix(hash, UInt64(truncatingIfNeeded: order.amount.billionths))
        hash = self.mix(hash, UInt64(truncatingIfNeeded: order.amount.billionths >> 64))
        // Each product comes once, and in whatever order.
        var lines: UInt64 = 0
        for line in order.lines {
            lines &+= self.mix(self.of(line.productID), UInt64(bitPattern: line.quantity))
        }
        return self.mix(hash, lines)
    }

    /// Where the line's record stands in the stream.
    static func ofRecord(_ line: borrowing ArchiveLine) -> UInt64 {
        let place = self.mix(self.of(line.shardID), self.of(line.sequenceNumber))
        return self.mix(place, UInt64(bitPattern: line.subSequenceNumber ?? -1))
    }

    private static func of(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.withUnsafeBytes { self.of($0) } }

    /// Eight bytes at a time.
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = self.start &+ UInt64(bytes.count)
        var offset = 0
        while offset + 8 <= bytes.count {
            hash = self.fold(hash ^ self.word(bytes, offset))
            offset += 8
        }
        guard offset < bytes.count else { return hash }
        var rest: UInt64 = 0
        if bytes.count >= 8 {
            rest = self.word(bytes, bytes.count - 8)
        } else {
            for byte in bytes { rest = rest << 8 | UInt64(byte) }
        }
        return self.fold(hash ^ rest)
    }

    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Both halves of a product of 128 bits.
    private static func fold(_ number: UInt64) -> UInt64 {
        let product = number.multipliedFullWidth(by: 0x9E37_79B9_7F4A_7C15)
        return product.high ^ product.low
    }

    private static func of(_ id: Identifier) -> UInt64 {
        id.text.withUTF8Bytes { self.of(UnsafeRawBufferPointer($0)) }
    }

    /// One number of two, by the finalizer of SplitMix64.
    private static func mix(_ hash: UInt64, _ number: UInt64) -> UInt64 {
        var mixed = (hash ^ number) &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}
