import CZlib
import Testing

/// The content of one gzip member, with nothing in front of it or behind it.
func gunzip(_ bytes: [UInt8]) throws -> [UInt8] {
    var stream = z_stream()
    try #require(czlib_inflateInitGzip(&stream) == Z_OK)
    defer { inflateEnd(&stream) }
    var input = bytes
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 64 * 1_024)
    var status = Z_OK
    input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        while status == Z_OK {
            buffer.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                status = inflate(&stream, Z_NO_FLUSH)
                output.append(contentsOf: buffer.prefix(buffer.count - Int(stream.avail_out)))
            }
        }
    }
    try #require(status == Z_STREAM_END && stream.avail_in == 0)
    return output
}
