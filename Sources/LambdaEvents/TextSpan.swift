internal import Glibc
import JSONText

/// Where a value stands in the event's bytes: 12 bytes per field instead of a `String`, decoded only when asked for.
struct TextSpan: Sendable {
    let start: UInt32
    let count: UInt32
    /// Whether the span is a string whose bytes are not yet its value.
    let hasEscapes: Bool

    init(start: Int, count: Int, hasEscapes: Bool = false) {
        self.start = UInt32(start)
        self.count = UInt32(count)
        self.hasEscapes = hasEscapes
    }

    init(_ range: Range<Int>) {
        self.init(start: range.lowerBound, count: range.count)
    }

    /// Whether two spans of one event are the same text, as far as its bytes tell.
    func hasBytes(of other: TextSpan, in event: [UInt8]) -> Bool {
        guard self.count == other.count, self.hasEscapes == other.hasEscapes else { return false }
        return event.withUnsafeBytes { event in
            guard let base = event.baseAddress, self.count > 0 else { return true }
            return memcmp(base + Int(self.start), base + Int(other.start), Int(self.count)) == 0
        }
    }

    /// Whether the span is written as decimal digits, at least one.
    func isDigits(in event: [UInt8]) -> Bool {
        event.withUnsafeBufferPointer { event in
            JSONString(raw: UnsafeBufferPointer(rebasing: event[self.range]), hasEscapes: self.hasEscapes).isDigits
        }
    }

    var range: Range<Int> { Int(self.start)..<Int(self.start) + Int(self.count) }

    /// A string's decoded value.
    func string(in event: [UInt8]) -> String {
        event.withUnsafeBufferPointer { event in
            JSONString(raw: UnsafeBufferPointer(rebasing: event[self.range]), hasEscapes: self.hasEscapes).string
        }
    }

    /// The decoded value's bytes.
    func utf8(in event: [UInt8]) -> [UInt8] {
        event.withUnsafeBufferPointer { event in
            JSONString(raw: UnsafeBufferPointer(rebasing: event[self.range]), hasEscapes: self.hasEscapes).utf8
        }
    }
}

extension JSONReader {
    /// The place of a string.
    mutating func readSpan() throws -> TextSpan {
        let token = try self.readStringToken()
        // The reader stands behind the closing quote.
        return TextSpan(
            start: self.offset - 1 - token.raw.count,
            count: token.raw.count,
            hasEscapes: token.hasEscapes
        )
    }

    /// The place of a string, or nil for `null`, which event sources write for what they do not know.
    mutating func readOptionalSpan() throws -> TextSpan? {
        try self.readNull() ? nil : try self.readSpan()
    }

    /// The place of an object, which `read` reads, or nil for `null`.
    mutating func readOptionalObjectSpan(
        _ read: (inout JSONReader) throws -> Void = { reader in try reader.skip() }
    ) throws -> TextSpan? {
        switch try self.peek() {
        case .null:
            try self.skip()
            return nil
        case .object:
            let start = self.offset
            try read(&self)
            return TextSpan(start..<self.offset)
        case .array, .string, .number, .bool:
            try self.readObject { _, _ in }  // throws the error that names both types
            return nil
        }
    }
}
