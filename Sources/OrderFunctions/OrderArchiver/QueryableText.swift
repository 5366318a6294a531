internal import JSONText

/// JSON as query engines read it: Athena's and Glue's readers fold names to lower case, and give up a whole query at an
/// object that has one name twice then ("OpenX JSON SerDe", "Hive JSON SerDe").
package enum QueryableText {
    /// Deeper texts are archived all the same, as `unparsed`; the reader's stack is what bounds it.
    private static let limits = JSONLimits(depth: 1_024)

    /// Whether the bytes are one JSON text with names that stay distinct without case.
    package static func holds(_ bytes: [UInt8]) -> Bool {
        do {
            return try JSONReader.read(bytes, limits: self.limits) { reader in
                var names: [UInt64] = []
                names.reserveCapacity(32)
                return try self.hasDistinctNames(&reader, &names)
            }
        } catch {
            return false
        }
    }

    static func isLineBreak(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\r")
    }

    /// Passes over the next value; `names` holds those of the objects around it.
    ///
    /// Hashes of 64 bits stand for names: should two ever be the same by chance, the text is archived in base64.
    private static func hasDistinctNames(_ reader: inout JSONReader, _ names: inout [UInt64]) throws -> Bool {
        var areDistinct = true
        switch try reader.peek() {
        case .object:
            let start = names.count
            try reader.readObject { key, reader in
                names.append(self.foldedHash(key))
                areDistinct = try self.hasDistinctNames(&reader, &names) && areDistinct
            }
            areDistinct = areDistinct && self.areDistinct(&names, from: start)
            names.removeLast(names.count - start)
        case .array:
            try reader.readArray { _, reader in
                areDistinct = try self.hasDistinctNames(&reader, &names) && areDistinct
            }
        case .string, .number, .bool, .null:
            try reader.skip()
        }
        return areDistinct
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

    /// FNV-1a of the name in lower case.
    private static func foldedHash(_ name: JSONString) -> UInt64 {
        if name.hasEscapes || name.raw.contains(where: { $0 >= 0x80 }) {
            return self.hash(name.string.lowercased().utf8) { $0 }
        }
        return self.hash(name.raw) { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) ? $0 | 0x20 : $0 }
    }

    @inline(__always)
    private static func hash(_ bytes: some Sequence<UInt8>, _ fold: (UInt8) -> UInt8) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for byte in bytes { hash = (hash ^ UInt64(fold(byte))) &* 0x0000_0100_0000_01B3 }
        return hash
    }
}
