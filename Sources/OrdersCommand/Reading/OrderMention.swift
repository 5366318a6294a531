internal import Foundation
internal import JSONText
package import Orders

/// Finds orders by their ids in bytes that may be anything: a refused record, a dead letter.
package struct OrderMention: Sendable {
    private let needles: [(id: OrderID, bytes: [UInt8])]

    /// An id of digits alone may stand without quotes.
    package init(of ids: some Sequence<OrderID>) {
        self.needles = ids.map { id in
            var quoted: [UInt8] = []
            JSONWriter.appendQuoted(id.text, to: &quoted)
            return (id, quoted)
        }
    }

    /// The ids that the bytes mention: in quotes, whatever of them is escaped, or as a whole number.
    package func ids(in bytes: [UInt8]) -> [OrderID] {
        let escaped = Self.escapedStrings(in: bytes)
        return bytes.withUnsafeBytes { text in
            self.needles.filter { needle in
                Self.isThere(needle.bytes[...], text) || Self.isNumberThere(needle.id.text, text)
                    || escaped.contains(Array(needle.id.text.utf8))
            }.map(\.id)
        }
    }

    /// Whether any id could be in the bytes: a cheap look at a large text before it is taken apart.
    package func mayBe(in bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { text in
            self.needles.contains { Self.isThere($0.bytes.dropFirst().dropLast(), text) }
        }
    }

    /// Whether a line of the archive could be about any of the orders.
    ///
    /// Of a refused record it always could: the line has it as its producer wrote it, with other escapes than JSON needs or
    /// in base64.
    package func mayBe(inArchiveLine line: ArraySlice<UInt8>) -> Bool {
        self.mayBe(in: line) || line.withUnsafeBytes { Self.isThere(Self.refused[...], $0) }
    }

    /// What each refused line has, and few others.
    private static let refused = Array("refused".utf8)

    /// What the strings mean that have an escape, in UTF-8.
    ///
    /// A producer may write `2025\/17` for `2025/17`, and `\u00e9` for any letter. In bytes that are no JSON nobody knows
    /// which quote begins a string, so that each one is taken to end a string and to begin the next.
    private static func escapedStrings(in bytes: [UInt8]) -> Set<[UInt8]> {
        guard bytes.contains(UInt8(ascii: "\\")) else { return [] }
        var strings: Set<[UInt8]> = []
        var start: Int?
        var (isEscaped, hasEscape) = (false, false)
        for (index, byte) in bytes.enumerated() {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): (isEscaped, hasEscape) = (true, true)
            case UInt8(ascii: "\""):
                if let start, hasEscape, let string = Self.string(bytes[start...index]) { strings.insert(string) }
                start = index
                hasEscape = false
            default: break
            }
        }
        return strings
    }

    /// What a string in quotes means; nil where it is none of JSON's.
    private static func string(_ quoted: ArraySlice<UInt8>) -> [UInt8]? {
        let limits = JSONLimits(bytes: quoted.count)
        let string = try? JSONReader.read(quoted, limits: limits) { reader in try reader.readString() }
        return string.map { Array($0.utf8) }
    }

    private static func isThere(_ needle: ArraySlice<UInt8>, _ text: UnsafeRawBufferPointer) -> Bool {
        needle.withUnsafeBytes { self.firstIndex(of: $0, in: text, from: 0) != nil }
    }

    private static func isNumberThere(_ id: String, _ text: UnsafeRawBufferPointer) -> Bool {
        guard id.utf8.allSatisfy({ $0.isASCIIDigit }) else { return false }
        let needle = Array(id.utf8)
        var offset = 0
        while let index = needle.withUnsafeBytes({ self.firstIndex(of: $0, in: text, from: offset) }) {
            let before = index > 0 ? text[index - 1] : UInt8(ascii: ":")
            let after = index + needle.count < text.count ? text[index + needle.count] : UInt8(ascii: "}")
            if ":[, \t\n\r".utf8.contains(before), ",}] \t\n\r".utf8.contains(after) { return true }
            offset = index + 1
        }
        return false
    }

    /// By C's `memchr` and `memcmp`, since archives are long.
    private static func firstIndex(
        of needle: UnsafeRawBufferPointer,
        in text: UnsafeRawBufferPointer,
        from offset: Int
    ) -> Int? {
        guard let start = text.baseAddress, let first = needle.first, let sought = needle.baseAddress else {
            return nil
        }
        var offset = offset
        while offset + needle.count <= text.count {
            let rest = text.count - needle.count + 1 - offset
            guard let found = memchr(start + offset, Int32(first), rest) else { return nil }
            offset = UnsafeRawPointer(found) - start
            if memcmp(start + offset, sought, needle.count) == 0 { return offset }
            offset += 1
        }
        return nil
    }
}
