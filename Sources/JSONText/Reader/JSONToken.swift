/// What the next value is, told from its first byte.
public enum JSONKind: Sendable {
    case object, array, string, number, bool, null
}

/// A string of the text, not yet decoded.
///
/// Valid only inside the closure that `JSONReader.read` runs.
public struct JSONString {
    /// Between the quotes, escapes as written; valid UTF-8.
    public let raw: UnsafeBufferPointer<UInt8>
    /// Whether `raw` differs from the string's value.
    public let hasEscapes: Bool

    /// A string that a reader has checked before.
    @inlinable
    public init(raw: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// The decoded value; a lone surrogate, which RFC 8259 allows and UTF-8 cannot hold, becomes U+FFFD.
    public var string: String {
        if self.hasEscapes { return String(decoding: self.utf8, as: UTF8.self) }
        // Texts that need no memory of their own, as ids mostly are, take less when they are written where they will be.
        guard self.raw.count <= Self.mostBytesInPlace else { return String(decoding: self.raw, as: UTF8.self) }
        return String(unsafeUninitializedCapacity: self.raw.count) { $0.initialize(fromContentsOf: self.raw) }
    }

    /// The bytes of a `String` that lie in the value itself, on machines of 64 bits.
    private static var mostBytesInPlace: Int { 15 }

    /// The decoded value's bytes.
    public var utf8: [UInt8] {
        self.hasEscapes ? JSONUnescape.decoded(self.raw) : Array(self.raw)
    }

    /// Whether the value holds a surrogate without its pair, which RFC 8259 allows and which `string` gives as U+FFFD: two
    /// such strings can differ and have one value.
    public var hasLoneSurrogate: Bool { self.hasEscapes && JSONUnescape.hasLoneSurrogate(self.raw) }

    /// Runs `body` on the decoded value's bytes.
    func withDecoded<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        self.hasEscapes ? self.utf8.withUnsafeBufferPointer(body) : body(self.raw)
    }

    /// Appends what stands between the quotes, escapes as written.
    public func appendWritten(to bytes: inout [UInt8]) { bytes.append(contentsOf: self.raw) }

    /// Whether the value has no characters.
    public var isEmpty: Bool { self.raw.isEmpty }

    /// How many bytes the decoded value has.
    @inlinable public var utf8Count: Int { self.hasEscapes ? self.utf8.count : self.raw.count }

    /// Whether the value is `other`, letters of ASCII in whatever case.
    ///
    /// Asked of each unknown member of each order: most names differ in their length or in their first byte, of which the
    /// bit of a letter's case is left out.
    @inlinable
    @inline(__always)
    public func equalsIgnoringCase(_ other: StaticString) -> Bool {
        if !self.hasEscapes, let first = self.raw.first {
            guard self.raw.count == other.utf8CodeUnitCount, first | 0x20 == other.utf8Start.pointee | 0x20 else {
                return false
            }
        }
        return self.equalsDecodedIgnoringCase(other)
    }

    @usableFromInline
    func equalsDecodedIgnoringCase(_ other: StaticString) -> Bool {
        let other = UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount)
        return self.withDecoded { bytes in
            bytes.count == other.count
                && bytes.indices.allSatisfy { bytes[$0].asciiLowercased == other[$0].asciiLowercased }
        }
    }

    /// Whether the value is written as decimal digits, at least one.
    ///
    /// Eight are looked at in one word, since a sequence number of Kinesis has 56 (docs/performance.md).
    public var isDigits: Bool {
        guard let base = self.raw.baseAddress, !self.raw.isEmpty else { return false }
        var index = 0
        while index &+ 8 <= self.raw.count {
            let word = UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self)
            // Digits are 0x30 to 0x39: with 6 more they are still below 0x40, which no other byte of 0x30 and above is.
            let high: UInt64 = 0xF0F0_F0F0_F0F0_F0F0
            let (bytes, raised) = (word & high, (word &+ 0x0606_0606_0606_0606) & high)
            guard bytes == 0x3030_3030_3030_3030, raised == bytes else { return false }
            index &+= 8
        }
        return self.raw[index...].allSatisfy(\.isASCIIDigit)
    }

    /// Compares without building a `String`, so that a `switch` over a key costs a few comparisons.
    @inlinable
    @inline(__always)
    public static func ~= (pattern: StaticString, string: JSONString) -> Bool {
        string == pattern
    }

    /// The same as `~=`, for an `if`.
    @inlinable
    @inline(__always)
    public static func == (string: JSONString, other: StaticString) -> Bool {
        let count = other.utf8CodeUnitCount
        if string.hasEscapes { return string.equalsDecoded(other) }
        guard string.raw.count == count, let raw = string.raw.baseAddress else {
            return count == 0 && string.raw.isEmpty
        }
        return self.equal(UnsafeRawPointer(raw), UnsafeRawPointer(other.utf8Start), count)
    }

    /// Whether two strings have the same decoded bytes.
    @inlinable
    public func hasBytes(of other: JSONString) -> Bool {
        if self.hasEscapes || other.hasEscapes { return self.utf8 == other.utf8 }
        let count = self.raw.count
        guard count == other.raw.count else { return false }
        guard let left = self.raw.baseAddress, let right = other.raw.baseAddress else { return count == 0 }
        return Self.equal(UnsafeRawPointer(left), UnsafeRawPointer(right), count)
    }

    /// Compares words, which for a literal become constants in the code (docs/performance.md).
    @inlinable
    @inline(__always)
    static func equal(_ left: UnsafeRawPointer, _ right: UnsafeRawPointer, _ count: Int) -> Bool {
        func differ<Word: FixedWidthInteger>(_ offset: Int, _: Word.Type) -> Bool {
            left.loadUnaligned(fromByteOffset: offset, as: Word.self)
                != right.loadUnaligned(fromByteOffset: offset, as: Word.self)
        }
        var index = 0
        while index &+ 8 <= count {
            if differ(index, UInt64.self) { return false }
            index &+= 8
        }
        // The rest overlaps what has been compared before, where there is enough of it.
        if index == count { return true }
        if count >= 8 { return !differ(count &- 8, UInt64.self) }
        if count >= 4 { return !differ(0, UInt32.self) && !differ(count &- 4, UInt32.self) }
        if count >= 2 { return !differ(0, UInt16.self) && !differ(count &- 2, UInt16.self) }
        return !differ(0, UInt8.self)
    }

    @usableFromInline
    func equalsDecoded(_ other: StaticString) -> Bool {
        self.utf8.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }
}

/// A number of the text, as written.
///
/// Valid only inside the closure that `JSONReader.read` runs.
public struct JSONNumber {
    /// Matches RFC 8259's `number`: `-0.5e+3`.
    public let raw: UnsafeBufferPointer<UInt8>

    @inlinable
    init(raw: UnsafeBufferPointer<UInt8>) {
        self.raw = raw
    }

    /// The digits as written, for exact decimals.
    public var text: String { String(decoding: self.raw, as: UTF8.self) }

    /// The digits as if they stood in quotes; nil where there is a sign, a fraction or an exponent.
    public var digitString: JSONString? {
        let string = JSONString(raw: self.raw, hasEscapes: false)
        return string.isDigits ? string : nil
    }

    /// The value if it is written as an integer (no fraction, no exponent) that fits.
    public var integer: Int64? {
        let isNegative = self.raw.first == UInt8(ascii: "-")
        var value: Int64 = 0
        for byte in self.raw.dropFirst(isNegative ? 1 : 0) {
            guard byte.isASCIIDigit else { return nil }
            let digit = Int64(byte &- UInt8(ascii: "0"))
            let (scaled, isTooLarge) = value.multipliedReportingOverflow(by: 10)
            // Counted downwards if negative, since Int64 reaches one farther there.
            let (sum, overflows) = scaled.addingReportingOverflow(isNegative ? -digit : digit)
            guard !isTooLarge, !overflows else { return nil }
            value = sum
        }
        return value
    }
}
