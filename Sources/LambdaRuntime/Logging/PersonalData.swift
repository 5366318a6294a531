internal import JSONText
internal import Platform

/// What must not be logged or reported as it is: e-mail addresses, card and account numbers, and characters that make a
/// line look like something else.
package enum PersonalData {
    /// Fewer digits are in no card's number, and in no IBAN that is in use.
    private static let fewestDigits = 8

    /// `text` without addresses and numbers of cards and accounts.
    package static func masked(_ text: String) -> String {
        let suspicion = text.withUTF8Bytes { Suspicion(of: $0) }
        guard suspicion.isAny else { return text }
        let withoutAddresses = suspicion.hasSigns ? text.withUTF8Bytes { AddressMask.masked($0) } : nil
        var withoutNumbers: [UInt8]?
        if suspicion.hasDigits {
            withoutNumbers =
                if let withoutAddresses {
                    withoutAddresses.withUnsafeBufferPointer { AccountNumberMask.masked($0) }
                } else {
                    text.withUTF8Bytes { AccountNumberMask.masked($0) }
                }
        }
        return (withoutNumbers ?? withoutAddresses).map { String(decoding: $0, as: UTF8.self) } ?? text
    }

    /// Whether `text` has anything that could have to be masked or escaped.
    static func isSuspect(_ text: String) -> Bool {
        text.withUTF8Bytes { Suspicion(of: $0).isAny }
    }

    /// What a text could hold, by a look at its bytes: every value of every log line gets one.
    private struct Suspicion {
        /// A sign that an address can be written with, or a character that may be invisible.
        var hasSigns: Bool
        /// As many digits as a card's or an account's number has.
        var hasDigits: Bool

        var isAny: Bool { self.hasSigns || self.hasDigits }

        init(of utf8: UnsafeBufferPointer<UInt8>) {
            // Counted in bytes, 16 of which the compiler adds up at once, as far as a byte can count.
            var digits = 0
            var signs: UInt8 = 0
            var rest = utf8[...]
            while !rest.isEmpty {
                let block = UnsafeBufferPointer(rebasing: rest.prefix(255))
                var blockDigits: UInt8 = 0
                for byte in block {
                    blockDigits &+= byte &- 0x30 < 10 ? 1 : 0
                    signs |=
                        (byte == UInt8(ascii: "@") ? 1 : 0) | (byte == UInt8(ascii: "%") ? 1 : 0)
                        | (byte == UInt8(ascii: "&") ? 1 : 0) | (byte == UInt8(ascii: "\\") ? 1 : 0)
                        | (byte >= 0x7F ? 1 : 0)
                }
                digits += Int(blockDigits)
                rest = rest.dropFirst(255)
            }
            self.hasSigns = signs != 0
            // Digits that are too few for a card's number can only be an account's, which shows by how it begins.
            self.hasDigits =
                digits >= AccountNumberMask.fewestCardDigits
                || (digits >= PersonalData.fewestDigits && AccountNumberMask.mayHoldIBAN(utf8))
        }
    }

    /// Writes what the bytes from `start` on have of invisible characters as `\u` escapes.
    ///
    /// JSON leaves them as they are, but viewers of logs break lines at U+0085, U+2028 and U+2029, terminals obey control
    /// characters, and bidirectional ones (U+202E and so on) turn what is shown around. The bytes are UTF-8; inside quotes
    /// of JSON the escapes mean the same.
    static func escapeInvisible(in bytes: inout [UInt8], from start: Int) {
        guard let first = bytes[start...].firstIndex(where: { $0 >= 0x7F }) else { return }
        let text = String(decoding: bytes[first...], as: UTF8.self)
        guard text.unicodeScalars.contains(where: self.isInvisible) else { return }
        bytes.removeSubrange(first...)
        for scalar in text.unicodeScalars {
            if self.isInvisible(scalar) {
                // All are in the first plane.
                Hexadecimal.appendUnicodeEscape(UInt16(truncatingIfNeeded: scalar.value), to: &bytes)
            } else {
                bytes.append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
            }
        }
    }

    /// Controls beyond those that JSON escapes, line and paragraph separators, and the invisible format characters, among
    /// them all that change the direction of text.
    private static func isInvisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x7F...0x9F, 0xAD, 0x61C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB:
            true
        default:
            false
        }
    }
}
