internal import JSONText
internal import Platform

/// The id of an order, user, product or message: text of 1 to 512 bytes, compared byte by byte.
///
/// `String` compares by canonical equivalence, under which two of DynamoDB's keys could be one id.
package struct Identifier: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// How many bytes of UTF-8 an id has at most: keys are built of ids, and a sort key may have 1,024.
    package static let maximumLength = 512

    /// The id as it was given.
    package let text: String

    /// Nil where the text is empty or too long.
    package init?(_ text: String) {
        guard (1...Self.maximumLength).contains(text.utf8.count) else { return nil }
        self.text = text
    }

    /// Whether the ids are the same byte for byte.
    package static func == (left: Identifier, right: Identifier) -> Bool {
        left.text.hasBytes(of: right.text)
    }

    /// The order of the bytes.
    package static func < (left: Identifier, right: Identifier) -> Bool {
        left.text.precedesInBytes(right.text)
    }

    /// Negative where this id stands before the other, positive where behind it, 0 for the same id.
    func order(_ other: Identifier) -> Int { self.text.orderInBytes(other.text) }

    /// The first sixteen bytes, the first one highest, with zeros behind a shorter id: less than another's only where this id
    /// stands before the other.
    var beginning: UInt128 {
        let characters = self.text.utf8.span
        let count = min(characters.count, 16)
        var beginning: UInt128 = 0
        for place in 0..<count { beginning = beginning << 8 | UInt128(characters[place]) }
        return beginning << UInt128(8 * (16 - count))
    }

    /// Feeds the id's bytes to a hasher.
    package func hash(into hasher: inout Hasher) {
        self.text.hashBytes(into: &hasher)
    }

    /// The id as it was given.
    package var description: String { self.text }

    /// Whether it is the UUID of zeros, in any of the forms that UUIDs are written in, with or without white space.
    var isNilUUID: Bool {
        let characters = self.text.utf8.span
        var zeros = 0
        for index in characters.indices {
            switch characters[index] {
            case UInt8(ascii: "0"): zeros += 1
            case UInt8(ascii: "-"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"):
                continue
            case let byte where byte.isASCIIWhiteSpace: continue
            default: return false
            }
        }
        return zeros == 32
    }
}

/// The id under which an order is stored.
package typealias OrderID = Identifier

/// Name-based UUIDs of version 5 (RFC 9562, 5.5), so that a redelivered record gets the id that it got before.
enum NamedUUID {
    /// RFC 9562's namespace for URLs: a Kinesis event id (`shardId-000000000006:495…`) has a URI's form, a scheme, a
    /// colon and a path, and any UUID library can make the same id of it.
    private static let urlNamespace: [UInt8] = [
        0x6B, 0xA7, 0xB8, 0x11, 0x9D, 0xAD, 0x11, 0xD1, 0x80, 0xB4, 0x00, 0xC0, 0x4F, 0xD4, 0x30, 0xC8,
    ]

    /// The UUID's text in small letters, as an id; `sha1` gives 20 bytes.
    static func identifier(of name: String, sha1: ([UInt8]) -> [UInt8]) -> Identifier {
        var uuid = Array(sha1(self.urlNamespace + Array(name.utf8)).prefix(16))
        precondition(uuid.count == 16, "the hash function given is SHA-1 and its result has 20 bytes")
        uuid[6] = uuid[6] & 0x0F | 0x50
        uuid[8] = uuid[8] & 0x3F | 0x80
        var text: [UInt8] = []
        text.reserveCapacity(36)
        for (index, byte) in uuid.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(UInt8(ascii: "-")) }
            Hexadecimal.append(byte, to: &text)
        }
        guard let identifier = Identifier(String(decoding: text, as: UTF8.self)) else {
            preconditionFailure("a UUID of 36 characters is an id")
        }
        return identifier
    }
}
