internal import JSONText

/// The names of what producers send instead of an order's members, so that a refusal says what to change.
///
/// For the slow path only: what is looked at here has been refused.
package enum RefusedForm {
    private static let basicFormat = "ISO 8601's basic format: send the extended one, with - and :"

    /// Names the form of a text that should have been an instant; nil for a form that is not known here.
    static func instant(_ text: String) -> String? {
        if text.trimmed.isEmpty { return "blank" }
        if let epoch = self.epoch(text) { return epoch }
        if !text.hasBytes(of: text.trimmed) { return "white space around it" }
        let shape = self.shape(text)
        if shape.hasPrefix("9999-W99") || shape.hasPrefix("9999W99") { return "a week date: send year, month and day" }
        if shape.hasPrefix("9999-999") { return "an ordinal date: send year, month and day" }
        if shape.hasPrefix("99999999") { return self.basicFormat }
        if shape == "9999-99-99" { return "a date without a time of day" }
        if shape.hasPrefix("99/99/9999") || shape.hasPrefix("99.99.9999") { return "a local date: send ISO 8601" }
        guard shape.hasPrefix("9999-99-99T99:99") || shape.hasPrefix("9999-99-99 99:99") else { return nil }
        return self.civilFault(text, hasSeconds: shape.dropFirst(16).hasPrefix(":99"))
    }

    /// What a number of an instant, in quotes or not, is.
    static func epoch(_ text: String) -> String? {
        let unit: String
        let number = text.hasPrefix("/Date(") ? text.dropFirst("/Date(".count) : text[...]
        let digits = number.utf8.prefix(while: \.isASCIIDigit).count
        // 20250827180800: as a number since 1970 it would be of 1976, or of the year 2500 or later.
        if [12, 14, 17, 20].contains(digits), number.hasPrefix("19") || number.hasPrefix("20") {
            return self.basicFormat
        }
        switch digits {
        // 638918860800000000: of the years 1997 to 2123, and as nanoseconds of 1989 to 1991.
        case 18 where (63...66).contains(Int(number.prefix(2)) ?? 0): return ".NET's ticks: send ISO 8601"
        case 9...11: unit = "seconds"
        case 12...14: unit = "milliseconds"
        case 15...17: unit = "microseconds"
        case 18...20: unit = "nanoseconds"
        default: return nil
        }
        return "\(unit) since 1970: send ISO 8601"
    }

    /// What is wrong with a date and a time of day that are written as they should be: `2025-08-27T18:08:00`.
    private static func civilFault(_ text: String, hasSeconds: Bool) -> String? {
        let (hour, minute) = (self.number(text, 11), self.number(text, 14))
        let second = hasSeconds ? self.number(text, 17) : 0
        if second == 60 { return "a leap second: send 59" }
        if hour > 23 || minute > 59 || second > 59 { return "no such time of day" }
        return Timestamp("\(text.prefix(10))T00:00:00Z") == nil ? "no such day" : nil
    }

    /// The number of two digits that stands behind `count` characters of ASCII.
    private static func number(_ text: String, _ count: Int) -> Int {
        Int(text.dropFirst(count).prefix(2)) ?? 0
    }

    /// The beginning of a text with every digit as a 9 and letters as capitals: enough to tell formats apart.
    private static func shape(_ text: String) -> String {
        let shape = text.utf8.prefix(24).map { byte in
            byte.isASCIIDigit ? UInt8(ascii: "9") : byte.isASCIILetter ? byte & 0xDF : byte
        }
        return String(decoding: shape, as: UTF8.self)
    }

    /// What an amount that cannot be read is; nil where nothing is known but that it is none.
    static func amount(_ text: String) -> String? {
        let text = text.trimmed
        if text.isEmpty { return "blank" }
        if let decimal = DecimalText(text) { return decimal.isNegative ? "a negative amount" : "too many digits" }
        guard text.utf8.contains(where: \.isASCIIDigit) else { return nil }
        if text.hasPrefix("-") || text.hasPrefix("(") || text.hasPrefix("\u{2212}") { return "a negative amount" }
        return self.besideNumber(Array(text.unicodeScalars))
    }

    /// What stands in or around a number that makes it none.
    private static func besideNumber(_ scalars: [Unicode.Scalar]) -> String? {
        if scalars.contains(where: self.isCurrencySign) { return "a currency sign: send the number alone" }
        if scalars.contains(where: self.isLetter) { return "letters beside the number: send the number alone" }
        if [scalars.first, scalars.last].contains(where: { $0.map(self.isSpace) == true }) {
            return "white space that is not of ASCII around it: send the number alone"
        }
        let isSeparated = scalars.contains(where: self.isSeparator)
        return isSeparated ? "thousands separators or a decimal comma: send 1234.50" : nil
    }

    private static func isCurrencySign(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "$", "\u{A2}"..."\u{A5}", "\u{20A0}"..."\u{20CF}": true
        default: false
        }
    }

    /// White space of ASCII, and what is written between thousands or comes with a text that was copied.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case " ", "\t"..."\r", "\u{A0}", "\u{2000}"..."\u{200B}", "\u{202F}", "\u{205F}", "\u{3000}", "\u{FEFF}": true
        default: false
        }
    }

    private static func isSeparator(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case ",", "'", "\u{2019}": true
        default: self.isSpace(scalar)
        }
    }

    /// A letter of ASCII, or any character beyond it that has no other meaning here.
    private static func isLetter(_ scalar: Unicode.Scalar) -> Bool {
        guard scalar.value >= 0x80 else { return UInt8(scalar.value).isASCIILetter }
        return !self.isSeparator(scalar)
    }

    /// Names the form of a text that should have held an order; nil for a form that is not known here.
    package static func text(_ bytes: some Collection<UInt8>) -> String? {
        let start = Array(bytes.prefix(2))
        if start == [0xFF, 0xFE] || start == [0xFE, 0xFF] || start.contains(0) { return "UTF-16: send UTF-8" }
        let found = try? JSONReader.read(bytes) { reader -> String? in
            switch try reader.peek() {
            case .array: return try self.extendedClientPointer(&reader)
            case .object: return try self.testEvent(&reader)
            case .string, .number, .bool, .null:
                try reader.skip()
                return nil
            }
        }
        return found.flatMap { $0 }
    }

    /// As in `["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":…,"s3Key":…}]`.
    private static func extendedClientPointer(_ reader: inout JSONReader) throws -> String? {
        var isPointer = false
        try reader.readArray { index, reader in
            guard index == 0, try reader.peek() == .string else {
                try reader.skip()
                return
            }
            let name = try reader.readStringToken()
            isPointer =
                name == "software.amazon.payloadoffloading.PayloadS3Pointer"
                || name == "com.amazon.sqs.javamessaging.MessageS3Pointer"
        }
        return isPointer ? "a pointer of the SQS extended client: send the order itself" : nil
    }

    /// As in `{"Service":"Amazon S3","Event":"s3:TestEvent",…}`.
    private static func testEvent(_ reader: inout JSONReader) throws -> String? {
        var isTest = false
        try reader.readObject { key, reader in
            guard key == "Event", try reader.peek() == .string else {
                try reader.skip()
                return
            }
            isTest = try reader.readStringToken() == "s3:TestEvent"
        }
        return isTest ? "s3:TestEvent, which S3 sends to where its notifications go: no order" : nil
    }
}
