internal import CPlainText
internal import Platform

/// Decoding of a string's escapes.
///
/// The reader has checked their grammar before.
enum JSONUnescape {
    /// The string's value.
    ///
    /// No escape is shorter than what it stands for, so the raw length is room enough.
    static func decoded(_ raw: UnsafeBufferPointer<UInt8>) -> [UInt8] {
        guard let text = raw.baseAddress else { return [] }
        return [UInt8](unsafeUninitializedCapacity: raw.count) { output, count in
            guard let room = output.baseAddress else { return }
            var index = 0
            while true {
                // What was read is never less than what was written, so that there is room for all that is left.
                let plain = plain_text_copy(text + index, raw.count - index, room + count)
                index += plain
                count += plain
                guard index < raw.count else { return }
                let byte = raw[index]
                index += 1
                if byte != UInt8(ascii: "\\") {
                    output[count] = byte
                    count += 1
                    continue
                }
                let escape = raw[index]
                index += 1
                switch escape {
                case UInt8(ascii: "b"): output[count] = 0x08
                case UInt8(ascii: "f"): output[count] = 0x0C
                case UInt8(ascii: "n"): output[count] = 0x0A
                case UInt8(ascii: "r"): output[count] = 0x0D
                case UInt8(ascii: "t"): output[count] = 0x09
                case UInt8(ascii: "u"):
                    for unit in UTF8.encode(self.scalar(of: raw, at: &index)) ?? UTF8.encodedReplacementCharacter {
                        output[count] = unit
                        count += 1
                    }
                    continue
                default: output[count] = escape
                }
                count += 1
            }
        }
    }

    /// Whether one of the escapes is a surrogate that stands alone.
    static func hasLoneSurrogate(_ raw: UnsafeBufferPointer<UInt8>) -> Bool {
        var index = 0
        while index < raw.count {
            guard raw[index] == UInt8(ascii: "\\") else {
                index += 1
                continue
            }
            guard raw[index + 1] == UInt8(ascii: "u") else {
                index += 2
                continue
            }
            let isSurrogate = (0xD800...0xDFFF).contains(self.hex(raw, index + 2))
            index += 2
            // U+FFFD itself is no surrogate, so what it comes from tells.
            if self.scalar(of: raw, at: &index) == "\u{FFFD}", isSurrogate { return true }
        }
        return false
    }

    /// The scalar of one `\uXXXX` or of a surrogate pair, from behind the first `u`; U+FFFD for a lone surrogate.
    private static func scalar(of raw: UnsafeBufferPointer<UInt8>, at index: inout Int) -> Unicode.Scalar {
        let first = self.hex(raw, index)
        index += 4
        if (0xD800...0xDBFF).contains(first), index + 6 <= raw.count, raw[index] == UInt8(ascii: "\\"),
            raw[index + 1] == UInt8(ascii: "u")
        {
            let second = self.hex(raw, index + 2)
            if (0xDC00...0xDFFF).contains(second) {
                index += 6
                return Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) ?? "\u{FFFD}"
            }
        }
        return Unicode.Scalar(first) ?? "\u{FFFD}"
    }

    private static func hex(_ raw: UnsafeBufferPointer<UInt8>, _ start: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in start..<start + 4 {
            // The reader has checked that these are four digits.
            value = value << 4 | UInt32(Hexadecimal.value(of: raw[index]) ?? 0)
        }
        return value
    }
}
