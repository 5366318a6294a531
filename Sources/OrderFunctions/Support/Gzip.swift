internal import CDeflate
internal import CZlib

/// Compression and decompression in the gzip format.
///
/// Whole texts are compressed by libdeflate, in half of zlib's time; zlib compresses those that are too long to be held, and
/// decompresses what others have compressed, whose size is not known before.
package enum Gzip {
    /// Why bytes cannot be decompressed.
    package enum Failure: String, Error, Sendable {
        case damaged = "damaged gzip"
        case tooLarge = "gzip of more than 6 MiB or more than 32 times its size"
    }

    /// Compresses what it is given piece by piece into one gzip member.
    ///
    /// The same text gives the same bytes, however it was cut, since the member has no name and its time is zero.
    package struct Compressor: ~Copyable {
        /// What was given, while that is not long.
        private var text: [UInt8] = []
        /// Takes what comes once it is, so that only the compressed form of a long text is held.
        private var stream: DeflateStream?

        /// How many bytes of text are held to be compressed at once: as many as a whole event of orders has.
        private static let longestText = 8 * 1_024 * 1_024
        /// libdeflate's own default, which makes texts as small as zlib's does.
        private static let level: Int32 = 6

        /// A compressor that was given nothing yet.
        package init() {}

        /// Compresses the next piece.
        package mutating func append(_ bytes: [UInt8]) {
            if self.stream == nil {
                guard self.text.count + bytes.count > Self.longestText else { return self.text += bytes }
                self.stream = DeflateStream()
                self.stream?.append(self.text)
                self.text = []
            }
            self.stream?.append(bytes)
        }

        /// Ends the member, and gives the whole of it.
        package consuming func finish() -> [UInt8] {
            if let stream = self.stream.take() { return stream.finish() }
            guard let compressor = libdeflate_alloc_compressor(Self.level) else {
                preconditionFailure("libdeflate cannot compress: out of memory")
            }
            defer { libdeflate_free_compressor(compressor) }
            let bound = libdeflate_gzip_compress_bound(compressor, self.text.count)
            return [UInt8](unsafeUninitializedCapacity: bound) { output, count in
                count = self.text.withUnsafeBytes { text in
                    libdeflate_gzip_compress(compressor, text.baseAddress, text.count, output.baseAddress, bound)
                }
                precondition(count > 0, "there is room for what the text can become")
            }
        }
    }

    /// zlib's compression of a text of any length, of which it holds a window.
    private struct DeflateStream: ~Copyable {
        // zlib keeps a pointer to its stream, which therefore must not move.
        private let stream: UnsafeMutablePointer<z_stream>
        private var output: [UInt8] = []

        init() {
            self.stream = .allocate(capacity: 1)
            self.stream.initialize(to: z_stream())
            let status = czlib_deflateInitGzip(self.stream, Z_DEFAULT_COMPRESSION)
            // The parameters are constants that zlib accepts, so only memory can be missing.
            precondition(status == Z_OK, "zlib cannot compress: out of memory")
        }

        deinit {
            deflateEnd(self.stream)
            self.stream.deallocate()
        }

        mutating func append(_ bytes: [UInt8]) {
            self.deflate(bytes, Z_NO_FLUSH)
        }

        consuming func finish() -> [UInt8] {
            self.deflate([], Z_FINISH)
            return self.output
        }

        private mutating func deflate(_ bytes: [UInt8], _ flush: Int32) {
            bytes.withUnsafeBufferPointer { input in
                // zlib does not write to its input; the C type only lacks a const.
                self.stream.pointee.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                self.stream.pointee.avail_in = UInt32(input.count)
                repeat {
                    self.output.append(addingCapacity: Self.roomLength) { room in
                        room.withUnsafeMutableBufferPointer { room, count in
                            self.stream.pointee.next_out = room.baseAddress
                            self.stream.pointee.avail_out = UInt32(room.count)
                            let status = CZlib.deflate(self.stream, flush)
                            precondition(
                                status == Z_OK || status == Z_STREAM_END || status == Z_BUF_ERROR,
                                "deflate fails only where its stream was damaged"
                            )
                            count = room.count - Int(self.stream.pointee.avail_out)
                        }
                    }
                    // Output that filled its room may go on.
                } while self.stream.pointee.avail_out == 0
            }
        }

        /// Bytes of output that one call of zlib has room for.
        private static var roomLength: Int { 4_096 }
    }

    /// How many bytes a decompressed record may have: a Lambda event has no more.
    package static let maximumLength = 6 * 1_024 * 1_024
    /// How many times its compressed size a record may have: orders have some ten times, and what grows further is made to
    /// exhaust its reader.
    package static let maximumRatio = 32

    /// Whether the bytes begin as gzip does; no JSON text does.
    package static func isGzip(_ bytes: [UInt8]) -> Bool {
        bytes.starts(with: [0x1F, 0x8B])
    }

    /// The content of one gzip member or of several, with nothing behind them.
    package static func decompress(_ bytes: [UInt8]) throws(Failure) -> [UInt8] {
        let limit = min(self.maximumLength, bytes.count * self.maximumRatio)
        var stream = z_stream()
        guard czlib_inflateInitGzip(&stream) == Z_OK else { preconditionFailure("zlib cannot inflate: out of memory") }
        defer { inflateEnd(&stream) }
        var failure: Failure?
        // One byte more than allowed tells that there are more.
        let content = [UInt8](unsafeUninitializedCapacity: limit + 1) { output, count in
            bytes.withUnsafeBufferPointer { input in
                stream.next_in = UnsafeMutablePointer(mutating: input.baseAddress)
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                failure = self.inflateMembers(&stream)
            }
            count = output.count - Int(stream.avail_out)
        }
        if let failure { throw failure }
        return content
    }

    /// Decompresses all members; nil if all went well.
    private static func inflateMembers(_ stream: inout z_stream) -> Failure? {
        while true {
            let status = inflate(&stream, Z_FINISH)
            if stream.avail_out == 0 { return .tooLarge }
            guard status == Z_STREAM_END else { return .damaged }
            if stream.avail_in == 0 { return nil }
            guard inflateReset(&stream) == Z_OK else { return .damaged }
        }
    }
}
