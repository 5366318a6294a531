import JSONText

/// Where the reader and JSONDecoder are known to differ; `Tests/Fuzzing/README.md` says what each reads and why.
enum KnownDifference: Hashable {
    /// Foundation keeps one of the members; keys that are only canonically the same count, too.
    case repeatedKey
    /// `\ud800` alone.
    case loneSurrogate
    /// `0e1`.
    case zeroWithExponent
    /// More than 38 digits, or beyond what a `Decimal` holds.
    case longNumber
    /// `00.25`.
    case leadingZero
    /// `[1,]`.
    case trailingComma
    /// More than `JSONLimits` allows.
    case depth

    /// Read here and refused there.
    var isOursAlone: Bool {
        switch self {
        case .loneSurrogate, .zeroWithExponent, .longNumber: true
        case .repeatedKey, .leadingZero, .trailingComma, .depth: false
        }
    }

    /// Refused here and read there.
    var isTheirsAlone: Bool {
        switch self {
        case .leadingZero, .trailingComma, .depth: true
        case .repeatedKey, .loneSurrogate, .zeroWithExponent, .longNumber: false
        }
    }

    /// What explains that the text is refused here.
    init?(_ error: JSONError, in text: [UInt8]) {
        if error.code == .tooLarge {
            self = .depth
        } else if Self.isLeadingZero(at: error.offset, in: text) {
            self = .leadingZero
        } else if Self.isTrailingComma(at: error.offset, in: text) {
            self = .trailingComma
        } else {
            return nil
        }
    }

    /// Looks at the text, not at the reason: an error with the wrong reason is a finding, too.
    private static func isLeadingZero(at offset: Int, in text: [UInt8]) -> Bool {
        var digits = text[offset...]
        if digits.first == UInt8(ascii: "-") { digits = digits.dropFirst() }
        return digits.count > 1 && digits.first == UInt8(ascii: "0")
            && (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digits[digits.startIndex + 1])
    }

    private static func isTrailingComma(at offset: Int, in text: [UInt8]) -> Bool {
        guard offset < text.count, text[offset] == UInt8(ascii: "]") || text[offset] == UInt8(ascii: "}") else {
            return false
        }
        return text[..<offset].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ",")
    }

    /// UTF-16, UTF-32 or a byte order mark: read there.
    static func isOtherEncoding(_ text: [UInt8]) -> Bool {
        text.starts(with: [0xEF, 0xBB, 0xBF]) || text.prefix(4).contains(0) || text.starts(with: [0xFE, 0xFF])
            || text.starts(with: [0xFF, 0xFE])
    }

    /// Members of the text, told by the colons outside its strings.
    ///
    /// Foundation has fewer where a key is repeated, and never looks at the strings and numbers that it dropped.
    static func memberCount(of text: [UInt8]) -> Int {
        self.withoutStrings(text).count { $0 == UInt8(ascii: ":") }
    }

    /// Whether a comma stands before a closing bracket, of a text that was read.
    static func hasTrailingComma(_ text: [UInt8]) -> Bool {
        let tokens = self.withoutStrings(text).filter { ![0x20, 0x09, 0x0A, 0x0D].contains($0) }
        return zip(tokens, tokens.dropFirst()).contains { first, second in
            first == UInt8(ascii: ",") && (second == UInt8(ascii: "]") || second == UInt8(ascii: "}"))
        }
    }

    /// The text with a quote in place of each string.
    private static func withoutStrings(_ text: [UInt8]) -> [UInt8] {
        var rest: [UInt8] = []
        var isInside = false
        var isEscaped = false
        for byte in text {
            if isEscaped {
                isEscaped = false
            } else if byte == UInt8(ascii: "\\") {
                isEscaped = isInside
            } else if byte == UInt8(ascii: "\"") {
                isInside.toggle()
                if isInside { rest.append(byte) }
            } else if !isInside {
                rest.append(byte)
            }
        }
        return rest
    }
}
