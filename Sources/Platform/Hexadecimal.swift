/// Hexadecimal digits, in small letters where nothing else is said.
package enum Hexadecimal {
    /// The digit of a number of four bits.
    package static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The digit of a number of four bits, in a capital letter, as URLs are encoded (RFC 3986, 2.1).
    package static func capitalDigit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "A") - 10 + value
    }

    /// The number that a digit stands for, in a small or a capital letter; nil for any other byte.
    package static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"), UInt8(ascii: "A")...UInt8(ascii: "F"):
            (digit | 0x20) - UInt8(ascii: "a") + 10
        default: nil
        }
    }

    /// Two digits for each byte.
    package static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { digits in
            for (index, byte) in bytes.enumerated() {
                digits[index * 2] = self.digit(byte >> 4)
                digits[index * 2 + 1] = self.digit(byte & 0x0F)
            }
            return bytes.count * 2
        }
    }

    /// `prefix` and two digits for each byte.
    package static func text(_ bytes: ArraySlice<UInt8>, behind prefix: StaticString) -> String {
        let count = prefix.utf8CodeUnitCount
        return String(unsafeUninitializedCapacity: count + bytes.count * 2) { digits in
            for place in 0..<count { digits[place] = prefix.utf8Start[place] }
            var place = count
            for byte in bytes {
                digits[place] = self.digit(byte >> 4)
                digits[place + 1] = self.digit(byte & 0x0F)
                place += 2
            }
            return place
        }
    }

    /// Appends two digits for each byte.
    package static func append(_ bytes: [UInt8], to digits: inout [UInt8]) {
        digits.append(addingCapacity: 2 * bytes.count) { digits in
            for byte in bytes {
                digits.append(self.digit(byte >> 4))
                digits.append(self.digit(byte & 0x0F))
            }
        }
    }

    /// Appends the two digits of a byte.
    package static func append(_ byte: UInt8, to digits: inout [UInt8]) {
        digits.append(self.digit(byte >> 4))
        digits.append(self.digit(byte & 0x0F))
    }

    /// Appends a code unit of UTF-16 as a string of JSON can write it: `\u2028` (RFC 8259, 7).
    package static func appendUnicodeEscape(_ unit: UInt16, to text: inout [UInt8]) {
        text.append(contentsOf: "\\u".utf8)
        self.append(UInt8(truncatingIfNeeded: unit >> 8), to: &text)
        self.append(UInt8(truncatingIfNeeded: unit), to: &text)
    }
}
