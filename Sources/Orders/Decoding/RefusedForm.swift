internal import JSONText

/// The names of what producers send instead of an order's members, so that a refusal says what to change.
///
/// For the slow path only: what is looked at here has been refused.
enum RefusedForm {
    /// What an instant that cannot be read is; nil where nothing is known but that it is none.
    static func instant(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        if bytes.trimmed.isEmpty { return "blank" }
        if let epoch = self.epoch(bytes) { return epoch }
        if bytes.count != bytes.trimmed.count { return "white space around it" }
        let shape = self.shape(bytes)
        if shape.hasPrefix("9999-W99") || shape.hasPrefix("9999W99") { return "a week date: send year, month and day" }
        if shape.hasPrefix("9999-999") { return "an ordinal date: send year, month and day" }
        if shape.hasPrefix("99999999") { return "ISO 8601's basic format: send the extended one, with - and :" }
        if shape == "9999-99-99" { return "a date without a time of day" }
        if shape.hasPrefix("99/99/9999") || shape.hasPrefix("99.99.9999") { return "a local date: send ISO 8601" }
        guard shape.hasPrefix("9999-99-99T99:99") || shape.hasPrefix("9999-99-99 99:99") else { return nil }
        return self.civilFault(bytes, hasSeconds: shape.dropFirst(16).hasPrefix(":99"))
    }

    /// A number of `instant` that is not in quotes.
    static func epoch(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let unit: String
        var text = bytes
        if bytes.starts(with: "/Date(".utf8) { text = UnsafeBufferPointer(rebasing: bytes[6...]) }
        switch text.prefix(while: \.isASCIIDigit).count {
        case 9...11: unit = "seconds"
        case 12...14: unit = "milliseconds"
        case 15...17: unit = "microseconds"
        case 18...20: unit = "nanoseconds"
        default: return nil
        }
        return "\(unit) since 1970: send ISO 8601"
    }

    /// What is wrong with a date and a time of day that are written as they should be.
    private static func civilFault(_ bytes: UnsafeBufferPointer<UInt8>, hasSeconds: Bool) -> String? {
        func number(_ start: Int, _ count: Int) -> Int {
            bytes[start..<start + count].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }
        if hasSeconds, number(17, 2) == 60 { return "a leap second: send 59" }
        if number(11, 2) > 23 || number(14, 2) > 59 || (hasSeconds && number(17, 2) > 59) {
            return "no such time of day"
        }
        let date = bytes[0..<10] + Array("T00:00:00Z".utf8)
        if Array(date).withUnsafeBufferPointer({ Timestamp(utf8: $0) }) == nil { return "no such day" }
        return nil
    }

    /// Every digit as a 9, letters as capitals: enough to tell formats apart.
    private static func shape(_ bytes: UnsafeBufferPointer<UInt8>) -> String {
        let shape = bytes.prefix(24).map { byte in
            byte.isASCIIDigit ? UInt8(ascii: "9") : byte.asciiLowercased &- UInt8(ascii: "a") <= 25 ? byte & 0xDF : byte
        }
        return String(decoding: shape, as: UTF8.self)
    }

    /// What an amount that cannot be read is.
    static func amount(_ bytes: UnsafeBufferPointer<UInt8>) -> String? {
        let bytes = bytes.trimmed
        if bytes.isEmpty { return "blank" }
        if let scan = DecimalScan(bytes) {
            return scan.isNegative ? "a negative amount" : "too many digits"
        }
        guard bytes.contains(where: \.isASCIIDigit) else { return nil }
        let isNegative = bytes.first == UInt8(ascii: "-") || bytes.first == UInt8(ascii: "(")
        if isNegative { return "a negative amount" }
        if bytes.contains(where: { $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: "'") || $0.isASCIIWhiteSpace }) {
            return "thousands separators or a decimal comma: send 1234.50"
        }
        if bytes.contains(where: { $0 == UInt8(ascii: "$") || $0 >= 0x80 }) {
            return "a currency sign: send the number alone"
        }
        return nil
    }

    /// What a text is that holds no order; nil where nothing is known but that it is none.
    static func text(_ bytes: some Collection<UInt8>) -> String? {
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
