internal import JSONText

/// The id of an order, user, product or message: text of 1 to 512 bytes, compared byte by byte.
///
/// `String` compares by canonical equivalence, under which two of DynamoDB's keys could be one id.
package struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Bytes of UTF-8.
    ///
    /// Keys are built of ids, and a sort key may have 1024.
    package static let maximumLength = 512

    package let text: String

    /// Nil where the text is empty or too long.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    package static func == (left: Identifier, right: Identifier) -> Bool {
        left.text.hasBytes(of: right.text)
    }

    package static func < (left: Identifier, right: Identifier) -> Bool {
        left.text.precedesInBytes(right.text)
    }

    package func hash(into hasher: inout Hasher) {
        self.text.withUTF8Bytes { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
    }

    package var description: String { self.text }

    /// Whether it is the UUID of zeros, in any of the forms that UUIDs are written in.
    var isNilUUID: Bool {
        self.text.withUTF8Bytes { text in
            // Nearly every id is told by its first byte.
            guard let first = text.first,
                first == UInt8(ascii: "0") || first == UInt8(ascii: "{") || first == UInt8(ascii: "(")
            else { return false }
            var zeros = 0
            for byte in text {
                switch byte {
                case UInt8(ascii: "0"): zeros += 1
                case UInt8(ascii: "-"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"):
                    continue
                default: return false
                }
            }
            return zeros == 32
        }
    }
}

/// The id under which an order is stored.
package typealias OrderID = Identifier
