internal import CZlib

/// gzip by zlib.
///
/// The same bytes in give the same bytes out: no name, time zero.
package enum Gzip {
    /// The bytes as one gzip member.
    package static func compress(_ bytes: [UInt8]) -> [UInt8] {
        var stream = z_stream()
        guard czlib_deflateInitGzip(&stream, Z_DEFAULT_COMPRESSION) == Z_OK else {
            // The parameters are constants that zlib accepts, so only memory can be missing.
            preconditionFailure("zlib cannot compress: out of memory")
        }
        defer { deflateEnd(&stream) }
        let bound = Int(deflateBound(&stream, UInt(bytes.count)))
        return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
            bytes.withUnsafeBufferPointer { input in
                // zlib does not write to its input; the C type only lacks a const.
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                let status = deflate(&stream, Z_FINISH)
                precondition(status == Z_STREAM_END, "deflateBound is zlib's own bound on one call's output")
            }
            count = Int(stream.total_out)
        }
    }
}
