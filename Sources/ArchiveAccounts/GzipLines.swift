internal import CZlib

/// The lines of a gzip text, decompressed piece by piece: an archive object may be large, and is only passed through.
package enum GzipLines {
    /// Why the text cannot be read to its end.
    package enum Failure: String, Error, Sendable, Equatable {
        case damaged = "it is not gzip, or damaged"
        case lineTooLong = "a line of it has more than 64 MiB"
    }

    /// Bytes that are decompressed at a time.
    private static let chunk = 256 * 1_024
    /// Lambda takes records of 6 MiB together; base64, the copy in `data` and the members around it stay far below this.
    private static let longestLine = 64 * 1_024 * 1_024

    /// Hands each line, without its newline, to `body`.
    package static func forEach(in bytes: [UInt8], _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var stream = z_stream()
        guard czlib_inflateInitGzip(&stream) == Z_OK else { preconditionFailure("zlib cannot inflate: out of memory") }
        defer { inflateEnd(&stream) }
        try bytes.withUnsafeBufferPointer { input in
            // zlib does not write to its input; the C type only lacks a const.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            var buffer: [UInt8] = []
            var status = Z_OK
            while status != Z_STREAM_END || stream.avail_in > 0 {
                // Members that follow one another are one text.
                if status == Z_STREAM_END { guard inflateReset(&stream) == Z_OK else { throw Failure.damaged } }
                let start = buffer.count
                status = self.inflate(&stream, into: &buffer)
                guard status == Z_OK || status == Z_STREAM_END else { throw Failure.damaged }
                try self.takeLines(from: &buffer, searchingFrom: start, body)
                guard buffer.count <= self.longestLine else { throw Failure.lineTooLong }
            }
            if !buffer.isEmpty { try body(buffer[...]) }
        }
    }

    private static func inflate(_ stream: inout z_stream, into buffer: inout [UInt8]) -> Int32 {
        var status = Z_OK
        let output = [UInt8](unsafeUninitializedCapacity: self.chunk) { output, count in
            stream.next_out = output.baseAddress
            stream.avail_out = UInt32(output.count)
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
            count = output.count - Int(stream.avail_out)
        }
        buffer += output
        return status
    }

    private static func takeLines(
        from buffer: inout [UInt8],
        searchingFrom start: Int,
        _ body: (ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        var lineStart = 0
        var searched = start
        while let end = buffer[searched...].firstIndex(of: UInt8(ascii: "\n")) {
            try body(buffer[lineStart..<end])
            lineStart = end + 1
            searched = lineStart
        }
        buffer.removeSubrange(..<lineStart)
    }
}
