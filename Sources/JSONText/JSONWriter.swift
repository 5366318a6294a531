internal import CPlainText
internal import Platform

/// Writes one JSON text, without white space, in the order of the calls.
///
/// Commas and colons are the writer's business; that a key is followed by a value and brackets match is the caller's.
public struct JSONWriter: Sendable {
    /// What has been written so far.
    @inlinable public var bytes: [UInt8] { self.text }
    @usableFromInline var text: [UInt8]
    @usableFromInline var needsComma = false

    /// An empty text with room for `capacity` bytes.
    public init(reservingCapacity capacity: Int = 256) {
        self.text = []
        self.text.reserveCapacity(capacity)
    }

    /// Starts over, keeping the memory.
    public mutating func removeAll() {
        self.text.removeAll(keepingCapacity: true)
        self.needsComma = false
    }

    /// Opens an object; `endObject` closes it.
    public mutating func beginObject() { self.open(UInt8(ascii: "{")) }
    /// Closes the object opened last.
    public mutating func endObject() { self.close(UInt8(ascii: "}")) }
    /// Opens an array; `endArray` closes it.
    public mutating func beginArray() { self.open(UInt8(ascii: "[")) }
    /// Closes the array opened last.
    public mutating func endArray() { self.close(UInt8(ascii: "]")) }

    /// An object written by `members`.
    @inlinable
    public mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        self.beginObject()
        try members(&self)
        self.endObject()
    }

    /// An array written by `elements`.
    @inlinable
    public mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
        self.beginArray()
        try elements(&self)
        self.endArray()
    }

    /// The key of the next value.
    public mutating func key(_ key: String) {
        Self.append(key, comma: self.needsComma, colon: true, to: &self.text)
        self.needsComma = false
    }

    /// A string, escaped where it must be.
    public mutating func string(_ value: String) {
        Self.append(value, comma: self.needsComma, colon: false, to: &self.text)
        self.needsComma = true
    }

    /// A number without fraction.
    @inlinable
    public mutating func integer(_ value: some BinaryInteger) {
        self.separate()
        // `String(value)` would divide by a radix that it is given.
        self.text.append(contentsOf: value.description.utf8)
    }

    /// `true` or `false`.
    public mutating func bool(_ value: Bool) {
        self.separate()
        self.text.append(contentsOf: (value ? "true" : "false").utf8)
    }

    /// `null`.
    public mutating func null() {
        self.separate()
        self.text.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON text already: a number's digits, or a slice of a text that was read.
    @inlinable
    public mutating func raw(_ json: some Sequence<UInt8>) {
        self.separate()
        self.text.append(contentsOf: json)
    }

    /// What stands in front of a value, as JSON text that was written before: its key, and other members before that.
    @inlinable
    public mutating func prefix(_ json: [UInt8]) {
        self.separate()
        self.text.append(contentsOf: json)
        self.needsComma = false
    }

    /// A key with a string, for the many objects made of those.
    public mutating func member(_ key: String, _ value: String) {
        self.key(key)
        self.string(value)
    }

    /// An object of one member, a key of one letter with a string: `{"S":"…"}`, as DynamoDB takes all text and numbers.
    ///
    /// The bytes are those of `object` and `member`, but the array looks at its room once, not six times.
    public mutating func taggedString(_ tag: Unicode.Scalar, _ value: String) {
        let isPlain = value.withUTF8Bytes { utf8 in
            guard tag.isASCII, let base = utf8.baseAddress, plain_text_end(base, 0, utf8.count) == utf8.count else {
                return false
            }
            let comma = self.needsComma
            self.text.append(addingCapacity: utf8.count + 9) { output in
                output.withUnsafeMutableBufferPointer { output, count in
                    guard var next = output.baseAddress else { return }
                    if comma { Self.put(UInt8(ascii: ","), to: &next) }
                    Self.put(UInt8(ascii: "{"), to: &next)
                    Self.put(UInt8(ascii: "\""), to: &next)
                    Self.put(UInt8(ascii: tag), to: &next)
                    Self.put(UInt8(ascii: "\""), to: &next)
                    Self.put(UInt8(ascii: ":"), to: &next)
                    Self.put(UInt8(ascii: "\""), to: &next)
                    next.initialize(from: base, count: utf8.count)
                    next += utf8.count
                    Self.put(UInt8(ascii: "\""), to: &next)
                    Self.put(UInt8(ascii: "}"), to: &next)
                    count = utf8.count + (comma ? 9 : 8)
                }
            }
            return true
        }
        if isPlain { return self.needsComma = true }
        self.object { $0.member(String(tag), value) }
    }

    /// `value` in quotes, with `"`, `\` and control characters escaped.
    public static func quoted(_ value: String) -> [UInt8] {
        var bytes: [UInt8] = []
        self.appendQuoted(value, to: &bytes)
        return bytes
    }

    /// `value` in quotes, with `"`, `\` and control characters escaped.
    public static func appendQuoted(_ value: String, to bytes: inout [UInt8]) {
        self.append(value, comma: false, colon: false, to: &bytes)
    }

    /// `,"key":`, as every member but an object's first begins.
    public static func appendKey(_ key: String, to bytes: inout [UInt8]) {
        self.append(key, comma: true, colon: true, to: &bytes)
    }

    // Inlined into its four callers it would make a bootstrap larger, and nothing faster (docs/performance.md).
    @inline(never)
    private static func append(_ value: String, comma: Bool, colon: Bool, to bytes: inout [UInt8]) {
        value.withUTF8Bytes { utf8 in
            guard let base = utf8.baseAddress, plain_text_end(base, 0, utf8.count) == utf8.count else {
                if comma { bytes.append(UInt8(ascii: ",")) }
                bytes.append(UInt8(ascii: "\""))
                self.appendEscaped(utf8, to: &bytes)
                bytes.append(UInt8(ascii: "\""))
                if colon { bytes.append(UInt8(ascii: ":")) }
                return
            }
            // Nearly all text goes in as one piece, so that the array looks at its room once, not for each of up to five parts.
            bytes.append(addingCapacity: utf8.count + 4) { output in
                output.withUnsafeMutableBufferPointer { output, count in
                    guard var next = output.baseAddress else { return }
                    if comma { Self.put(UInt8(ascii: ","), to: &next) }
                    Self.put(UInt8(ascii: "\""), to: &next)
                    next.initialize(from: base, count: utf8.count)
                    next += utf8.count
                    Self.put(UInt8(ascii: "\""), to: &next)
                    if colon { Self.put(UInt8(ascii: ":"), to: &next) }
                    count = utf8.count + 2 + (comma ? 1 : 0) + (colon ? 1 : 0)
                }
            }
        }
    }

    /// Puts a byte into room that was made for it.
    @inline(__always)
    private static func put(_ byte: UInt8, to next: inout UnsafeMutablePointer<UInt8>) {
        next.initialize(to: byte)
        next += 1
    }

    private static func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        guard let base = utf8.baseAddress else { return }
        var start = 0
        var next = 0
        while true {
            let index = plain_text_end(base, next, utf8.count)
            guard index < utf8.count else { break }
            let byte = utf8[index]
            next = index &+ 1
            if byte >= 0x80 { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
            start = next
            bytes.append(UInt8(ascii: "\\"))
            switch byte {
            case 0x08: bytes.append(UInt8(ascii: "b"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0C: bytes.append(UInt8(ascii: "f"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
            default:
                // A control character: 0x00 to 0x1F.
                bytes.append(contentsOf: "u00".utf8)
                Hexadecimal.append(byte, to: &bytes)
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }

    private mutating func open(_ bracket: UInt8) {
        self.separate()
        self.text.append(bracket)
        self.needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        self.text.append(bracket)
        self.needsComma = true
    }

    @usableFromInline
    mutating func separate() {
        if self.needsComma { self.text.append(UInt8(ascii: ",")) }
        self.needsComma = true
    }
}
