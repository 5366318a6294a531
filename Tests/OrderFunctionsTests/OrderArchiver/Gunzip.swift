import CZlib

/// Reads one gzip member back; nil where the bytes are none.
func gunzip(_ bytes: [UInt8]) -> [UInt8]? {
    var stream = z_stream()
    guard czlib_inflateInitGzip(&stream) == Z_OK else { return nil }
    defer { inflateEnd(&stream) }
    var output: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    var input = bytes
    return input.withUnsafeMutableBufferPointer { input in
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        while true {
            let (status, count) = buffer.withUnsafeMutableBufferPointer { buffer in
                stream.next_out = buffer.baseAddress
                stream.avail_out = UInt32(buffer.count)
                return (inflate(&stream, Z_NO_FLUSH), buffer.count - Int(stream.avail_out))
            }
            output += buffer[..<count]
            if status == Z_STREAM_END { return output }
            if status != Z_OK { return nil }
        }
    }
}
