internal import AWSClient

/// Aggregates as the Kinesis Producer Library makes them, and damaged ones that no library makes.
package struct KinesisAggregateEncoder {
    /// `partition_key_table`.
    package var keys: [String] = []
    /// `records`: the index of a key, and the data.
    package var records: [(key: UInt64, data: [UInt8])] = []

    package init() {}

    /// A record under a key, which stands in the table once.
    package mutating func add(_ key: String, _ data: [UInt8]) {
        let place = self.keys.firstIndex(of: key) ?? self.keys.count
        if place == self.keys.count { self.keys.append(key) }
        self.records.append((UInt64(place), data))
    }

    /// The protobuf message.
    package var message: [UInt8] {
        var message: [UInt8] = []
        for key in self.keys { message += Self.field(1, Array(key.utf8)) }
        for record in self.records {
            message += Self.field(3, [0x08] + Self.varint(record.key) + Self.field(3, record.data))
        }
        return message
    }

    /// The record's bytes.
    package var bytes: [UInt8] { Self.seal(self.message) }

    /// The magic, a message and its checksum.
    package static func seal(_ message: [UInt8]) -> [UInt8] {
        [0xF3, 0x89, 0x9A, 0xC2] + message + Digest.md5(message[...])
    }

    /// A field of bytes.
    package static func field(_ number: UInt64, _ bytes: [UInt8]) -> [UInt8] {
        self.varint(number << 3 | 2) + self.varint(UInt64(bytes.count)) + bytes
    }

    /// A number, seven bits a byte.
    package static func varint(_ value: UInt64) -> [UInt8] {
        var (rest, bytes) = (value, [UInt8]())
        while rest >= 0x80 {
            bytes.append(UInt8(rest & 0x7F | 0x80))
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }
}
