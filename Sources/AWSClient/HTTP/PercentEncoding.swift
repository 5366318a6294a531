internal import Platform

/// RFC 3986 percent-encoding, as SigV4 wants it: only letters, digits and `-._~` stay.
package enum PercentEncoding {
    /// The encoded text; a path keeps its slashes.
    package static func encode(_ text: String, keepingSlashes: Bool = false) -> String {
        var text = text
        let encoded = text.withUTF8 { bytes -> String? in
            let escapes = bytes.count { !self.stays($0, keepingSlashes) }
            // Most names and paths stay as they are.
            guard escapes > 0 else { return nil }
            let count = bytes.count + 2 * escapes
            return String(unsafeUninitializedCapacity: count) { output in
                var index = 0
                for byte in bytes {
                    if self.stays(byte, keepingSlashes) {
                        output[index] = byte
                        index += 1
                    } else {
                        output[index] = UInt8(ascii: "%")
                        output[index + 1] = Hexadecimal.capitalDigit(byte >> 4)
                        output[index + 2] = Hexadecimal.capitalDigit(byte & 0x0F)
                        index += 3
                    }
                }
                return count
            }
        }
        return encoded ?? text
    }

    private static func stays(_ byte: UInt8, _ keepingSlashes: Bool) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: "~"):
            true
        case UInt8(ascii: "/"): keepingSlashes
        default: false
        }
    }
}
