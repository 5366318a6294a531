internal import Glibc
internal import JSONText

/// The header fields that are signed, in the order of their names, which are in small letters: SigV4's canonical headers.
struct CanonicalHeaders {
    /// `name:value` and a line break for each name; values trimmed, runs of blanks folded, those of repeated fields joined by
    /// commas.
    private(set) var lines: [UInt8] = []
    /// The names with `;` between them.
    private(set) var names: [UInt8] = []

    /// Fields that proxies and connections add or change; botocore leaves out the same, but for W3C's `traceparent`, which
    /// it does not know and which a proxy that takes part in a trace changes.
    private static let unsigned: [StaticString] = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "traceparent", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "x-amzn-trace-id",
    ]

    /// A field by its places in a text.
    private struct Field {
        let name: Range<Int>
        let value: Range<Int>
    }

    init(_ headers: HTTPHeaders) {
        let count = headers.fields.reduce(0) { $0 + $1.name.utf8.count + $1.value.utf8.count + 2 }
        var text: [UInt8] = []
        text.reserveCapacity(count)
        var fields: [Field] = []
        fields.reserveCapacity(headers.fields.count)
        for field in headers.fields {
            let start = text.count
            text += field.name.utf8
            let end = text.count
            for place in start..<end { text[place] = text[place].asciiLowercased }
            if Self.isUnsigned(text[start..<end]) {
                text.removeLast(end - start)
                continue
            }
            if field.value.isVisibleASCII { text += field.value.utf8 } else { text += Self.folded(field.value).utf8 }
            // Fields of one name stay in their order.
            var place = fields.count
            while place > 0, Self.compare(text, start..<end, fields[place - 1].name) < 0 { place -= 1 }
            fields.insert(Field(name: start..<end, value: end..<text.count), at: place)
        }
        self.lines.reserveCapacity(count)
        self.names.reserveCapacity(count)
        self.write(fields, of: text)
    }

    private mutating func write(_ fields: [Field], of text: [UInt8]) {
        for (place, field) in fields.enumerated() {
            if place > 0, Self.compare(text, field.name, fields[place - 1].name) == 0 {
                self.lines[self.lines.count - 1] = UInt8(ascii: ",")
            } else {
                if place > 0 { self.names.append(UInt8(ascii: ";")) }
                self.names += text[field.name]
                self.lines += text[field.name]
                self.lines.append(UInt8(ascii: ":"))
            }
            self.lines += text[field.value]
            self.lines.append(.lineFeed)
        }
    }

    /// Nearly every value is visible ASCII and stays as it is: this goes character by character.
    private static func folded(_ value: String) -> String {
        value.split { $0 == " " || $0 == "\t" || $0.isNewline }.joined(separator: " ")
    }

    private static func isUnsigned(_ name: ArraySlice<UInt8>) -> Bool {
        name.withUnsafeBytes { name in
            guard let start = name.baseAddress else { return false }
            return self.unsigned.contains {
                $0.utf8CodeUnitCount == name.count && memcmp($0.utf8Start, start, name.count) == 0
            }
        }
    }

    /// The order of two parts of a text, byte by byte.
    private static func compare(_ text: [UInt8], _ left: Range<Int>, _ right: Range<Int>) -> Int {
        text.withUnsafeBytes { text in
            guard let start = text.baseAddress else { return 0 }
            let order = memcmp(start + left.lowerBound, start + right.lowerBound, min(left.count, right.count))
            return order != 0 ? Int(order) : left.count - right.count
        }
    }
}

extension UInt8 {
    /// What ends a line.
    static let lineFeed = UInt8(ascii: "\n")
}
