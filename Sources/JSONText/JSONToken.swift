/// What the next value is, told from its first byte.
package enum JSONKind: Sendable {
    case object, array, string, number, bool, null
}

/// A string of the text, not yet decoded.
///
/// Valid only inside the closure that `JSONReader.read` runs.
package struct JSONString {
    /// Between the quotes, escapes as written; valid UTF-8.
    package let raw: UnsafeBufferPointer<UInt8>
    /// Whether `raw` differs from the string's value.
    package let hasEscapes: Bool

    /// A string that a reader has checked before.
    @inlinable
    package init(raw: UnsafeBufferPointer<UInt8>, hasEscapes: Bool) {
        self.raw = raw
        self.hasEscapes = hasEscapes
    }

    /// The decoded value; a lone surrogate, which RFC 8259 allows and UTF-8 cannot hold, becomes U+FFFD.
    package var string: String {
        self.hasEscapes ? String(decoding: self.utf8, as: UTF8.self) : String(decoding: self.raw, as: UTF8.self)
    }

    /// The decoded value's bytes.
    package var utf8: [UInt8] {
        self.hasEscapes ? JSONUnescape.decoded(self.raw) : Array(self.raw)
    }

    /// Compares without building a `String`, so that a `switch` over a key costs a few comparisons.
    @inlinable
    package static func ~= (pattern: StaticString, string: JSONString) -> Bool {
        string == pattern
    }

    @inlinable
    package static func == (string: JSONString, other: StaticString) -> Bool {
        let count = other.utf8CodeUnitCount
        if string.hasEscapes { return string.equalsDecoded(other) }
        guard string.raw.count == count else { return false }
        var index = 0
        while index < count {
            if string.raw[index] != other.utf8Start[index] { return false }
            index += 1
        }
        return true
    }

    @usableFromInline
    func equalsDecoded(_ other: StaticString) -> Bool {
        self.utf8.elementsEqual(UnsafeBufferPointer(start: other.utf8Start, count: other.utf8CodeUnitCount))
    }
}

/// A number of the text, as written.
///
/// Valid only inside the closure that `JSONReader.read` runs.
package struct JSONNumber {
    /// Matches RFC 8259's `number`: `-0.5e+3`.
    package let raw: UnsafeBufferPointer<UInt8>

    @inlinable
    init(raw: UnsafeBufferPointer<UInt8>) {
        self.raw = raw
    }

    /// The digits as written, for exact decimals.
    package var text: String { String(decoding: self.raw, as: UTF8.self) }

    /// The value if it is written as an integer (no fraction, no exponent) that fits.
    package var integer: Int64? { Int64(self.text) }
}
