internal import Glibc
package import JSONText

/// JSON as query engines read it: Athena's and Glue's readers fold names to lower case, and give up a whole query at an
/// object that has one name twice then ("OpenX JSON SerDe", "Hive JSON SerDe"); DuckDB does at half of a surrogate pair.
package enum QueryableText {
    /// How deep a text is read, bounded by the reader's stack; a deeper one is archived as `unparsed`.
    package static let maximumDepth = 1_024
    private static let limits = JSONLimits(depth: Self.maximumDepth)

    /// Whether the bytes are one JSON text of whole characters, with names that stay distinct without case.
    package static func holds(_ bytes: [UInt8]) -> Bool {
        do {
            return try JSONReader.read(bytes, limits: self.limits) { reader in
                var names: [UInt64] = []
                names.reserveCapacity(32)
                return try self.isQueryable(&reader, &names)
            }
        } catch {
            return false
        }
    }

    /// Whether the text has more than one line.
    static func hasLineBreaks(_ text: [UInt8]) -> Bool {
        text.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return false }
            return memchr(start, 0x0A, text.count) != nil || memchr(start, 0x0D, text.count) != nil
        }
    }

    static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Passes over the next value; `names` holds the names in the objects around it.
    ///
    /// Hashes of 64 bits stand for names: should two names ever share one by chance, the text is archived in base64.
    private static func isQueryable(_ reader: inout JSONReader, _ names: inout [UInt64]) throws -> Bool {
        var isQueryable = true
        switch try reader.peek() {
        case .object:
            let start = names.count
            try reader.readObject { key, reader in
                names.append(self.foldedHash(key))
                isQueryable = self.hasWholeCharacters(key) && isQueryable
                isQueryable = try self.isQueryable(&reader, &names) && isQueryable
            }
            isQueryable = isQueryable && self.areDistinct(&names, from: start)
            names.removeLast(names.count - start)
        case .array:
            try reader.readArray { _, reader in
                isQueryable = try self.isQueryable(&reader, &names) && isQueryable
            }
        case .string:
            isQueryable = self.hasWholeCharacters(try reader.readStringToken())
        case .number, .bool, .null:
            try reader.skip()
        }
        return isQueryable
    }

    /// Whether each escaped half of a surrogate pair (`\ud83d\ude00`) stands before or behind its other half.
    private static func hasWholeCharacters(_ string: JSONString) -> Bool {
        guard string.hasEscapes else { return true }
        let raw = string.raw
        var index = 0
        var isHighBefore = false
        while index < raw.count {
            // The reader has checked what follows a backslash.
            guard raw[index] == UInt8(ascii: "\\") else {
                if isHighBefore { return false }
                index += 1
                continue
            }
            let isUnicode = raw[index + 1] == UInt8(ascii: "u")
            // The first two of four hexadecimal digits tell the halves: D8 to DB come first, DC to DF second.
            let isSurrogate = isUnicode && raw[index + 2] | 0x20 == UInt8(ascii: "d")
            let digit = isSurrogate ? raw[index + 3] | 0x20 : 0
            let isHigh = digit == UInt8(ascii: "8") || digit == UInt8(ascii: "9") || digit == 0x61 || digit == 0x62
            let isLow = (0x63...0x66).contains(digit)
            guard isLow == isHighBefore else { return false }
            isHighBefore = isHigh
            index += isUnicode ? 6 : 2
        }
        return !isHighBefore
    }

    private static func areDistinct(_ names: inout [UInt64], from start: Int) -> Bool {
        guard names.count - start > 16 else {
            for place in names.indices[start...].dropFirst() {
                let name = names[place]
                for other in start..<place where names[other] == name { return false }
            }
            return true
        }
        names[start...].sort()
        return zip(names[start...], names[start...].dropFirst()).allSatisfy { $0 != $1 }
    }

    /// A hash of the name in lower case.
    private static func foldedHash(_ name: JSONString) -> UInt64 {
        if !name.hasEscapes {
            let (hash, isASCII) = self.foldedHash(UnsafeRawBufferPointer(name.raw))
            if isASCII { return hash }
        }
        return name.string.lowercased().withUTF8Bytes { self.foldedHash(UnsafeRawBufferPointer($0)).hash }
    }

    /// A hash of bytes, in which ASCII's capital letters are as small ones, and whether there is nothing but ASCII.
    ///
    /// Eight bytes at a time: a record has some 200 bytes of names, and each multiplication waits for the one before.
    private static func foldedHash(_ bytes: UnsafeRawBufferPointer) -> (hash: UInt64, isASCII: Bool) {
        let count = bytes.count
        var hash: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(count)
        var isASCII = true
        var rest = 0
        func add(_ word: UInt64) {
            let top = self.eachByte(0x80)
            isASCII = isASCII && word & top == 0
            // Of each byte the top bit, set from "A" on, and behind "Z".
            let fromA = (word & ~top) + self.eachByte(0x80 - UInt8(ascii: "A"))
            let behindZ = (word & ~top) + self.eachByte(0x7F - UInt8(ascii: "Z"))
            let folded = word | (fromA & ~behindZ & ~word & top) >> 2
            // Both halves of the product, so that each bit of the word reaches all of the hash.
            let product = (hash ^ folded).multipliedFullWidth(by: 0xE703_7ED1_A0B4_28DB)
            hash = product.high ^ product.low
        }
        while rest + 8 < count {
            add(bytes.loadUnaligned(fromByteOffset: rest, as: UInt64.self))
            rest += 8
        }
        // The last word overlaps what comes before, where there is enough of it.
        if count >= 8 {
            add(bytes.loadUnaligned(fromByteOffset: count - 8, as: UInt64.self))
        } else if count >= 4 {
            let head = bytes.loadUnaligned(fromByteOffset: 0, as: UInt32.self)
            let tail = bytes.loadUnaligned(fromByteOffset: count - 4, as: UInt32.self)
            add(UInt64(head) << 32 | UInt64(tail))
        } else {
            add(bytes.reduce(0) { $0 << 8 | UInt64($1) })
        }
        return (hash, isASCII)
    }

    @inline(__always)
    private static func eachByte(_ byte: UInt8) -> UInt64 { UInt64(byte) * 0x0101_0101_0101_0101 }
}

extension JSONLimits {
    /// For a line of the archive of so many bytes: it puts the record one level deeper.
    package static func archiveLine(bytes: Int) -> JSONLimits {
        JSONLimits(depth: QueryableText.maximumDepth + 1, bytes: bytes + 1)
    }
}
