internal import Glibc

extension String {
    /// Runs `body` on the text's UTF-8.
    ///
    /// `withUTF8` does the same to a variable, which for all other texts is a copy with a reference to count.
    @inlinable
    @inline(__always)
    public func withUTF8Bytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) throws -> Value) rethrows -> Value {
        guard let value = try self.utf8.withContiguousStorageIfAvailable(body) else {
            preconditionFailure("only strings of Objective-C are not UTF-8 in one piece")
        }
        return value
    }

    // Inlined, this and `orderInBytes` make a bootstrap larger by some KB and nothing faster.
    /// Whether two texts are the same byte for byte; `==` takes canonically equivalent ones for the same.
    @inline(never)
    public func hasBytes(of other: String) -> Bool {
        self.withUTF8Bytes { bytes in
            other.withUTF8Bytes { other in bytes.count == other.count && Self.compare(bytes, other) == 0 }
        }
    }

    /// Whether this text stands before the other in the order of their bytes.
    public func precedesInBytes(_ other: String) -> Bool { self.orderInBytes(other) < 0 }

    /// Negative where this text stands before the other in the order of their bytes, positive where behind it, 0 for the same.
    @inline(never)
    public func orderInBytes(_ other: String) -> Int {
        self.withUTF8Bytes { bytes in
            other.withUTF8Bytes { other in
                let order = Self.compare(bytes, other)
                return order != 0 ? Int(order) : bytes.count - other.count
            }
        }
    }

    /// Whether one of the text's bytes is this one; `utf8.contains` takes thirty instructions for each.
    public func hasByte(_ byte: UInt8) -> Bool {
        self.withUTF8Bytes { bytes in
            guard let start = bytes.baseAddress else { return false }
            return memchr(start, Int32(byte), bytes.count) != nil
        }
    }

    /// Feeds the text's bytes to a hasher, in agreement with `hasBytes(of:)`.
    public func hashBytes(into hasher: inout Hasher) {
        self.withUTF8Bytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    /// Whether this text is `other`, which is in small letters of ASCII, in capitals or not.
    public func equalsIgnoringCase(_ other: StaticString) -> Bool {
        self.withUTF8Bytes { bytes in
            bytes.count == other.utf8CodeUnitCount
                && bytes.indices.allSatisfy { bytes[$0].asciiLowercased == other.utf8Start[$0] }
        }
    }

    /// The text with capital letters of ASCII made small ones, as names are compared that do not tell them apart.
    public var asciiLowercased: String {
        self.withUTF8Bytes { bytes in
            guard bytes.contains(where: { $0 != $0.asciiLowercased }) else { return self }
            return String(decoding: bytes.map { $0.asciiLowercased }, as: UTF8.self)
        }
    }

    /// Whether all of the text is characters of ASCII that are seen, so neither blanks nor controls; eight at a time.
    public var isVisibleASCII: Bool {
        self.withUTF8Bytes { bytes in
            let (ones, highs): (UInt64, UInt64) = (0x0101_0101_0101_0101, 0x8080_8080_8080_8080)
            let text = UnsafeRawBufferPointer(bytes)
            var place = 0
            while place + 8 <= text.count {
                let word = text.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                guard word & highs == 0, (word + 0x5F * ones) & highs == highs, (word + ones) & highs == 0 else {
                    return false
                }
                place += 8
            }
            return bytes[place...].allSatisfy { (0x21...0x7E).contains($0) }
        }
    }

    /// The text without white space of ASCII at both ends.
    public var trimmed: String {
        guard let first = self.utf8.first, let last = self.utf8.last,
            first.isASCIIWhiteSpace || last.isASCIIWhiteSpace
        else { return self }
        return self.withUTF8Bytes { bytes in
            var rest = bytes[...]
            while let last = rest.last, last.isASCIIWhiteSpace { rest.removeLast() }
            return String(decoding: rest.drop { $0.isASCIIWhiteSpace }, as: UTF8.self)
        }
    }

    /// Compares as many bytes as the shorter text has, as `memcmp` does.
    private static func compare(_ left: UnsafeBufferPointer<UInt8>, _ right: UnsafeBufferPointer<UInt8>) -> Int32 {
        guard let first = left.baseAddress, let second = right.baseAddress else { return 0 }
        return memcmp(first, second, Swift.min(left.count, right.count))
    }
}

extension UInt8 {
    /// Whether the byte is a space, a tab or a line break.
    @inlinable public var isASCIIWhiteSpace: Bool { self == 0x20 || (0x09...0x0D).contains(self) }

    /// Whether the byte is a decimal digit.
    @inlinable public var isASCIIDigit: Bool { self &- UInt8(ascii: "0") <= 9 }

    /// Whether the byte is a letter of ASCII, small or capital.
    @inlinable public var isASCIILetter: Bool { (self | 0x20) &- UInt8(ascii: "a") <= 25 }

    /// A capital letter's small one; any other byte as it is.
    @inlinable public var asciiLowercased: UInt8 { self &- UInt8(ascii: "A") <= 25 ? self | 0x20 : self }
}
