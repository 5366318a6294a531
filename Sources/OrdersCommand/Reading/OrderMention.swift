internal import Foundation
internal import JSONText

/// Finds orders by their ids in bytes that may be anything: a refused record, a dead letter.
package struct OrderMention: Sendable {
    private let needles: [(id: String, bytes: [UInt8])]

    /// An id of digits alone may stand without quotes.
    package init(of ids: some Sequence<String>) {
        self.needles = ids.map { id in
            var quoted: [UInt8] = []
            JSONWriter.appendQuoted(id, to: &quoted)
            return (id, quoted)
        }
    }

    /// The ids that the bytes mention: in quotes as JSON writes them, or as a whole number.
    package func ids(in bytes: [UInt8]) -> [String] {
        bytes.withUnsafeBytes { text in
            self.needles.filter { Self.isThere($0.bytes[...], text) || Self.isNumberThere($0.id, text) }.map(\.id)
        }
    }

    /// Whether any id could be in the bytes: a cheap look at a large text before it is taken apart.
    package func mayBe(in bytes: ArraySlice<UInt8>) -> Bool {
        bytes.withUnsafeBytes { text in
            self.needles.contains { Self.isThere($0.bytes.dropFirst().dropLast(), text) }
        }
    }

    private static func isThere(_ needle: ArraySlice<UInt8>, _ text: UnsafeRawBufferPointer) -> Bool {
        needle.withUnsafeBytes { self.firstIndex(of: $0, in: text, from: 0) != nil }
    }

    private static func isNumberThere(_ id: String, _ text: UnsafeRawBufferPointer) -> Bool {
        guard id.utf8.allSatisfy({ $0 &- UInt8(ascii: "0") <= 9 }) else { return false }
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
