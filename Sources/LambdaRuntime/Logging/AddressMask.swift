internal import JSONText

/// Finds e-mail addresses by their sign and takes out what stands in front of it: `bob@test.com` becomes `***@test.com`.
///
/// The domain stays, since the rules about test addresses can be checked by it. A sign is enough: what follows it may be
/// cut off, and a word too many that is masked harms nobody.
enum AddressMask {
    /// nil: there is nothing to mask.
    static func masked(_ text: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
        var result: [UInt8]?
        var copied = 0
        var index = 0
        var reader = LocalPartReader(text: text)
        while index < text.count {
            guard let sign = self.atSign(in: text, at: index) else {
                index += 1
                continue
            }
            let start = reader.start(ofSignAt: index, floor: copied)
            if start < index {
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

    /// Ways to write the sign: itself, full-width and small (U+FF20, U+FE6B), in URLs (once or twice encoded), in JSON and
    /// in HTML.
    private static let spellings: [StaticString] = [
        "@", "\u{FF20}", "\u{FE6B}", "%40", "%2540", "%EF%BC%A0", "\\u0040", "\\uff20", "&#64;", "&#x40;", "&commat;",
    ]

    /// The length of the sign at `index`.
    private static func atSign(in text: UnsafeBufferPointer<UInt8>, at index: Int) -> Int? {
        switch text[index] {
        case UInt8(ascii: "@"): return 1
        case 0xEF, UInt8(ascii: "%"), UInt8(ascii: "\\"), UInt8(ascii: "&"): break
        default: return nil
        }
        for spelling in self.spellings {
            let count = spelling.utf8CodeUnitCount
            guard index + count <= text.count else { continue }
            var offset = 0
            while offset < count, self.isSame(text[index + offset], spelling.utf8Start[offset]) { offset += 1 }
            if offset == count { return count }
        }
        return nil
    }

    /// Whatever the case of a letter.
    private static func isSame(_ first: UInt8, _ second: UInt8) -> Bool {
        if first == second { return true }
        return first | 0x20 == second | 0x20 && first.isASCIILetter
    }
}

/// Reads the local part of an address backwards, from its sign.
///
/// RFC 5322 allows spaces and comments around the sign and around each dot, and anything within quotes; what is
/// percent-encoded or beyond ASCII (RFC 6531) counts as a word. Texts are others' words, up to a MB of them: no part of one
/// is read again for each sign, or for each parenthesis.
private struct LocalPartReader {
    private let text: UnsafeBufferPointer<UInt8>
    /// Behind the byte that is read next.
    private var position = 0
    /// Where what is masked already ends.
    private var floor = 0
    /// For each closing parenthesis the place of the one that opens it; made where the first comment is met.
    private var openings: [Int32]?
    private static let noOpening: Int32 = -1

    init(text: UnsafeBufferPointer<UInt8>) {
        self.text = text
    }

    /// Where the local part begins; the sign's own place if there is none.
    mutating func start(ofSignAt sign: Int, floor: Int) -> Int {
        self.position = sign
        self.floor = floor
        var start = sign
        while true {
            self.skipSpacesAndComments()
            guard self.skipWord() else { return start }
            start = self.position
            // A dot goes on: `bob . smith@test.com`.
            let isDotted = self.text[start] == UInt8(ascii: ".")
            self.skipSpacesAndComments()
            let isBehindDot = self.position > self.floor && self.text[self.position - 1] == UInt8(ascii: ".")
            guard isDotted || isBehindDot else { return start }
        }
    }

    private mutating func skipSpacesAndComments() {
        while self.position > self.floor {
            switch self.text[self.position - 1] {
            // The backslash escapes a sign, or belongs to one that is escaped twice.
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\n"), UInt8(ascii: "\r"), UInt8(ascii: "\\"):
                self.position -= 1
            case UInt8(ascii: ")"):
                self.skipComment()
            default:
                return
            }
        }
    }

    /// Back to the parenthesis that opens it, whatever is nested in it; without one, over the closing one only.
    private mutating func skipComment() {
        let openings = self.openings ?? self.foundOpenings()
        self.openings = openings
        self.position -= 1
        let opening = Int(openings[self.position])
        if opening >= self.floor { self.position = opening }
    }

    private func foundOpenings() -> [Int32] {
        var openings = [Int32](repeating: Self.noOpening, count: self.text.count)
        var open: [Int32] = []
        for (index, byte) in self.text.enumerated() {
            if byte == UInt8(ascii: "(") { open.append(Int32(index)) }
            if byte == UInt8(ascii: ")"), let opening = open.popLast() { openings[index] = opening }
        }
        return openings
    }

    /// False where there is none.
    private mutating func skipWord() -> Bool {
        guard self.position > self.floor else { return false }
        if self.text[self.position - 1] == UInt8(ascii: "\"") { return self.skipQuoted() }
        let end = self.position
        while self.position > self.floor, Self.isLocal(self.text[self.position - 1]) { self.position -= 1 }
        return self.position < end
    }

    /// Back to the quote that opens it.
    ///
    /// In JSON within a text both quotes have backslashes in front, as many as each other; one with more or fewer stands
    /// inside. An empty pair of quotes is no word, and a quote that nothing opens ends the text before.
    private mutating func skipQuoted() -> Bool {
        let closing = self.position - 1
        let escapes = self.escapes(before: closing)
        var index = closing - escapes
        while index > self.floor {
            index -= 1
            guard self.text[index] == UInt8(ascii: "\""), self.escapes(before: index) == escapes else { continue }
            self.position = index - escapes
            return index < closing - escapes - 1
        }
        self.position = self.floor
        return self.floor < closing
    }

    private func escapes(before index: Int) -> Int {
        var count = 0
        while index - count > self.floor, self.text[index - count - 1] == UInt8(ascii: "\\") { count += 1 }
        return count
    }

    /// RFC 5322 atext, the dot, and everything beyond ASCII.
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
}
