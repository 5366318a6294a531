internal import Glibc
internal import JSONText

/// Takes e-mail addresses out of text that is about to be logged or reported: `bob@test.com` becomes `***@test.com`.
///
/// The domain stays, since the rules about test addresses can be checked by it.
package enum EmailMask {
    /// `text` without the local parts of its addresses.
    ///
    /// Text without one is returned as it is, at the cost of a scan.
    package static func masked(_ text: String) -> String {
        guard Self.isNeeded(for: text) else { return text }
        let masked = text.withUTF8Bytes { utf8 in Self.masked(utf8) }
        return masked.map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Whether `text` has either sign that could be one of an address, which nearly no text has.
    static func isNeeded(for text: String) -> Bool {
        text.withUTF8Bytes { utf8 in
            guard let base = utf8.baseAddress else { return false }
            return memchr(base, 0x40, utf8.count) != nil || memchr(base, 0x25, utf8.count) != nil
        }
    }

    /// nil: there is nothing to mask.
    private static func masked(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8]?
        var copied = 0
        var index = 0
        while index < text.count {
            guard let sign = Self.atSign(in: text, at: index) else {
                index += 1
                continue
            }
            let start = Self.localPartStart(in: text, before: index, notBefore: copied)
            if start < index, index + sign < text.count, Self.isDomain(text[index + sign]) {
                result = result ?? []
                result?.append(contentsOf: text[copied..<start])
                result?.append(contentsOf: "***".utf8)
                copied = index
            }
            index += sign
        }
        result?.append(contentsOf: text[copied...])
        return result
    }

    /// The length of the sign at `index`: `@`, or `%40` as in a URL.
    private static func atSign(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
        switch text[index] {
        case UInt8(ascii: "@"):
            1
        case UInt8(ascii: "%") where index + 2 < text.count:
            text[index + 1] == UInt8(ascii: "4") && text[index + 2] == UInt8(ascii: "0") ? 3 : nil
        default:
            nil
        }
    }

    private static func localPartStart(
        in text: UnsafeBufferPointer<UInt8>,
        before end: Int,
        notBefore floor: Int
    ) -> Int {
        var start = end
        if end > floor, text[end - 1] == UInt8(ascii: "\"") {
            // RFC 5321: a quoted local part may hold anything. An empty pair of quotes is none.
            var opening = end - 2
            while opening >= floor, text[opening] != UInt8(ascii: "\"") { opening -= 1 }
            return opening >= floor ? opening : end
        }
        while start > floor, Self.isLocal(text[start - 1]) { start -= 1 }
        return start
    }

    /// RFC 5322 atext, the dot, and everything beyond ASCII (RFC 6531).
    private static func isLocal(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), 0x80...:
            true
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "/"),
            UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"),
            UInt8(ascii: "{"), UInt8(ascii: "|"), UInt8(ascii: "}"), UInt8(ascii: "~"), UInt8(ascii: "."):
            true
        default:
            false
        }
    }

    private static func isDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "["), 0x80...:
            true
        default:
            false
        }
    }
}
