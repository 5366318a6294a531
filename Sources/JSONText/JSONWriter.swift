/// Writes one JSON text, without white space, in the order of the calls.
///
/// Commas and colons are the writer's business; that a key is followed by a value and brackets match is the caller's.
package struct JSONWriter: Sendable {
    /// What has been written so far.
    package private(set) var bytes: [UInt8]
    private var needsComma = false

    package init(reservingCapacity capacity: Int = 256) {
        self.bytes = []
        self.bytes.reserveCapacity(capacity)
    }

    /// Starts over, keeping the memory.
    package mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.needsComma = false
    }

    package mutating func beginObject() { self.open(UInt8(ascii: "{")) }
    package mutating func endObject() { self.close(UInt8(ascii: "}")) }
    package mutating func beginArray() { self.open(UInt8(ascii: "[")) }
    package mutating func endArray() { self.close(UInt8(ascii: "]")) }

    /// An object written by `members`.
    package mutating func object(_ members: (inout JSONWriter) throws -> Void) rethrows {
        self.beginObject()
        try members(&self)
        self.endObject()
    }

    /// An array written by `elements`.
    package mutating func array(_ elements: (inout JSONWriter) throws -> Void) rethrows {
        self.beginArray()
        try elements(&self)
        self.endArray()
    }

    /// The key of the next value.
    package mutating func key(_ key: String) {
        self.separate()
        Self.appendQuoted(key, to: &self.bytes)
        self.bytes.append(UInt8(ascii: ":"))
        self.needsComma = false
    }

    package mutating func string(_ value: String) {
        self.separate()
        Self.appendQuoted(value, to: &self.bytes)
    }

    package mutating func integer(_ value: some BinaryInteger) {
        self.separate()
        self.bytes.append(contentsOf: String(value).utf8)
    }

    package mutating func bool(_ value: Bool) {
        self.separate()
        self.bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    package mutating func null() {
        self.separate()
        self.bytes.append(contentsOf: "null".utf8)
    }

    /// A value that is JSON text already: a number's digits, or a slice of a text that was read.
    package mutating func raw(_ json: some Sequence<UInt8>) {
        self.separate()
        self.bytes.append(contentsOf: json)
    }

    /// A key with a string, for the many objects made of those.
    package mutating func member(_ key: String, _ value: String) {
        self.key(key)
        self.string(value)
    }

    /// `value` in quotes, with `"`, `\` and control characters escaped.
    package static func appendQuoted(_ value: String, to bytes: inout [UInt8]) {
        var value = value
        bytes.append(UInt8(ascii: "\""))
        value.withUTF8 { self.appendEscaped($0, to: &bytes) }
        bytes.append(UInt8(ascii: "\""))
    }

    private static func appendEscaped(_ utf8: UnsafeBufferPointer<UInt8>, to bytes: inout [UInt8]) {
        var start = 0
        for index in 0..<utf8.count {
            let byte = utf8[index]
            guard byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") else { continue }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
            start = index + 1
            bytes.append(UInt8(ascii: "\\"))
            switch byte {
            case 0x08: bytes.append(UInt8(ascii: "b"))
            case 0x09: bytes.append(UInt8(ascii: "t"))
            case 0x0A: bytes.append(UInt8(ascii: "n"))
            case 0x0C: bytes.append(UInt8(ascii: "f"))
            case 0x0D: bytes.append(UInt8(ascii: "r"))
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): bytes.append(byte)
            default:
                let digits = Array("0123456789abcdef".utf8)
                bytes.append(contentsOf: "u00".utf8)
                bytes.append(digits[Int(byte >> 4)])
                bytes.append(digits[Int(byte & 0x0F)])
            }
        }
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
    }

    private mutating func open(_ bracket: UInt8) {
        self.separate()
        self.bytes.append(bracket)
        self.needsComma = false
    }

    private mutating func close(_ bracket: UInt8) {
        self.bytes.append(bracket)
        self.needsComma = true
    }

    private mutating func separate() {
        if self.needsComma { self.bytes.append(UInt8(ascii: ",")) }
        self.needsComma = true
    }
}
