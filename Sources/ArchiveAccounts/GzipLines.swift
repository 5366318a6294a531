internal import CDeflate
internal import CZlib
internal import Glibc
internal import Synchronization

/// The lines of a gzip text.
///
/// A text that is one member of usual size, as the archiver writes it, is decompressed at once by libdeflate, which takes a
/// third of zlib's time. Any other one, and a damaged one, which is read up to the damage, is decompressed piece by piece: an
/// archive object may be large, and is only passed through.
package enum GzipLines {
    /// Why the text cannot be read to its end.
    package enum Failure: String, Error, Sendable, Equatable, CustomStringConvertible {
        case damaged = "it is not gzip, or damaged"
        case lineTooLong = "a line of it has more than 64 MiB"

        /// What is wrong with the text.
        package var description: String { self.rawValue }
    }

    /// Bytes that are decompressed at a time, as few as a processor's nearest caches hold.
    private static let chunk = 64 * 1_024
    /// Lambda takes records of 6 MiB together; base64, the copy in `data` and the members around it stay far below this.
    private static let longestLine = 64 * 1_024 * 1_024

    /// Hands each line, without its newline, to `body`, which must not keep it.
    package static func forEach(in bytes: [UInt8], _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        let inflater = WholeInflater.take()
        defer { inflater.giveBack() }
        guard let count = inflater.decompress(bytes) else { return try self.forEach(inPiecesOf: bytes, body) }
        var start = 0
        while start < count {
            let end = self.newline(in: inflater.text, start..<count) ?? count
            try body(inflater.text[start..<end])
            start = end + 1
        }
    }

    private static func forEach(inPiecesOf bytes: [UInt8], _ body: (ArraySlice<UInt8>) throws -> Void) throws {
        var stream = z_stream()
        guard czlib_inflateInitGzip(&stream) == Z_OK else { preconditionFailure("zlib cannot inflate: out of memory") }
        defer { inflateEnd(&stream) }
        try bytes.withUnsafeBufferPointer { input in
            // zlib does not write to its input; the C type only lacks a const.
            stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
            stream.avail_in = UInt32(input.count)
            // One buffer for all of it: the line that is not whole yet, and behind it what is decompressed next.
            var buffer = [UInt8](repeating: 0, count: 2 * self.chunk)
            var count = 0
            var status = Z_OK
            while status != Z_STREAM_END || stream.avail_in > 0 {
                // Members that follow one another are one text.
                if status == Z_STREAM_END { guard inflateReset(&stream) == Z_OK else { throw Failure.damaged } }
                if buffer.count - count < self.chunk {
                    buffer.append(contentsOf: repeatElement(0, count: buffer.count))
                }
                let start = count
                status = self.inflate(&stream, into: &buffer, &count)
                guard status == Z_OK || status == Z_STREAM_END else { throw Failure.damaged }
                try self.takeLines(from: &buffer, &count, searchingFrom: start, body)
                guard count <= self.longestLine else { throw Failure.lineTooLong }
            }
            if count > 0 { try body(buffer[..<count]) }
        }
    }

    /// Decompresses behind the first `count` bytes of the buffer, and counts what came.
    private static func inflate(_ stream: inout z_stream, into buffer: inout [UInt8], _ count: inout Int) -> Int32 {
        buffer.withUnsafeMutableBufferPointer { buffer in
            guard let base = buffer.baseAddress else { preconditionFailure("the buffer is never empty") }
            stream.next_out = base + count
            stream.avail_out = UInt32(buffer.count - count)
            let status = CZlib.inflate(&stream, Z_NO_FLUSH)
            count = buffer.count - Int(stream.avail_out)
            return status
        }
    }

    /// Hands out the whole lines among the first `count` bytes, and moves what is left to the front.
    private static func takeLines(
        from buffer: inout [UInt8],
        _ count: inout Int,
        searchingFrom start: Int,
        _ body: (ArraySlice<UInt8>) throws -> Void
    ) rethrows {
        var (line, searched) = (0, start)
        while let end = Self.newline(in: buffer, searched..<count) {
            try body(buffer[line..<end])
            line = end + 1
            searched = line
        }
        if line == 0 { return }
        buffer.withUnsafeMutableBytes { bytes in
            bytes.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[line..<count]))
        }
        count -= line
    }

    private static func newline(in buffer: [UInt8], _ range: Range<Int>) -> Int? {
        buffer.withUnsafeBytes { bytes in
            guard let base = bytes.baseAddress,
                let found = memchr(base + range.lowerBound, Int32(UInt8(ascii: "\n")), range.count)
            else { return nil }
            return UnsafeRawPointer(found) - base
        }
    }
}

/// libdeflate's decompressor with the text that it wrote last.
///
/// Kept for the next object: a buffer of such size is else new memory from the system for each.
private final class WholeInflater: @unchecked Sendable {  // nobody else has it between `take` and `giveBack`
    private static let idle = Mutex<[WholeInflater]>([])
    /// Larger texts go through piece by piece: a usual object of 1,000 records has one MB.
    private static let largestText = 16 * 1_024 * 1_024

    private let decompressor: OpaquePointer
    /// Nothing behind the count that `decompress` gave means anything.
    private(set) var text: [UInt8] = []

    private init() {
        guard let decompressor = libdeflate_alloc_decompressor() else {
            preconditionFailure("libdeflate cannot decompress: out of memory")
        }
        self.decompressor = decompressor
    }

    deinit {
        libdeflate_free_decompressor(self.decompressor)
    }

    static func take() -> WholeInflater {
        self.idle.withLock { $0.popLast() } ?? WholeInflater()
    }

    func giveBack() {
        Self.idle.withLock { $0.append(self) }
    }

    /// How many bytes the text has that the gzip is of; nil where that is not one whole member of usual size.
    func decompress(_ gzip: [UInt8]) -> Int? {
        guard let size = Self.size(in: gzip), size <= Self.largestText else { return nil }
        if self.text.count < size { self.text = [UInt8](repeating: 0, count: size) }
        return gzip.withUnsafeBytes { input in
            self.text.withUnsafeMutableBytes { output in
                var (read, written) = (0, 0)
                let result = libdeflate_gzip_decompress_ex(
                    self.decompressor,
                    input.baseAddress,
                    input.count,
                    output.baseAddress,
                    size,
                    &read,
                    &written
                )
                return result == LIBDEFLATE_SUCCESS && read == input.count && written == size ? size : nil
            }
        }
    }

    /// What the trailer says of the last member (RFC 1952: ISIZE, little-endian), which may lie.
    private static func size(in gzip: [UInt8]) -> Int? {
        guard gzip.count >= 18 else { return nil }
        return gzip.suffix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
