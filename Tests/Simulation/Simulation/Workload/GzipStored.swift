internal import CZlib

/// Gzip for producers, without compression: a decompressor does not mind.
enum GzipStored {
    static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
        var rest = bytes[...]
        repeat {
            let block = rest.prefix(65_535)
            rest = rest.dropFirst(block.count)
            let length = UInt16(block.count)
            result += [rest.isEmpty ? 1 : 0] + Self.littleEndian(length) + Self.littleEndian(~length) + block
        } while !rest.isEmpty
        let checksum = bytes.withUnsafeBufferPointer { bytes in
            UInt32(truncatingIfNeeded: crc32(0, bytes.baseAddress, uInt(bytes.count)))
        }
        return result + Self.littleEndian(checksum) + Self.littleEndian(UInt32(truncatingIfNeeded: bytes.count))
    }

    private static func littleEndian<Value: FixedWidthInteger>(_ value: Value) -> [UInt8] {
        (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> Value($0 * 8)) }
    }

    /// The bytes within a whole gzip member; nil where it is damaged.
    static func decompress(_ bytes: [UInt8]) -> [UInt8]? {
        // zlib keeps a pointer to its stream, which therefore must not move.
        let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
        stream.initialize(to: z_stream())
        defer { stream.deallocate() }
        guard czlib_inflateInitGzip(stream) == Z_OK else { return nil }
        defer { inflateEnd(stream) }
        var input = bytes
        var result: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        return input.withUnsafeMutableBufferPointer { input in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = uInt(input.count)
            while true {
                let status = chunk.withUnsafeMutableBufferPointer { chunk in
                    stream.pointee.next_out = chunk.baseAddress
                    stream.pointee.avail_out = uInt(chunk.count)
                    return inflate(stream, Z_NO_FLUSH)
                }
                result += chunk.prefix(chunk.count - Int(stream.pointee.avail_out))
                if status == Z_STREAM_END { return result }
                guard status == Z_OK else { return nil }
            }
        }
    }
}
