/// The CRC-32 of zlib and Ethernet, which DynamoDB sends along with its answers.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    /// The checksum of the whole.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        self.table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
        }
    }
}
