import CZlib
import OrderFunctions
import Testing

/// The text as one gzip member.
func gzipped(_ text: String) -> [UInt8] {
    var compressor = Gzip.Compressor()
    compressor.append(Array(text.utf8))
    return compressor.finish()
}

@Suite struct GzipTests {
    private static func compress(_ pieces: [[UInt8]]) -> [UInt8] {
        var compressor = Gzip.Compressor()
        for piece in pieces { compressor.append(piece) }
        return compressor.finish()
    }

    private static func failure(_ bytes: [UInt8]) -> Gzip.Failure? {
        do {
            _ = try Gzip.decompress(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: [0, 1, 100, 4_096, 70_000, 1_000_000], [1, 7, 1_000])
    func `what is compressed piece by piece is read back`(count: Int, pieces: Int) throws {
        let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) }
        let parts = (0..<pieces).map { Array(bytes[count * $0 / pieces..<count * ($0 + 1) / pieces]) }
        let compressed = Self.compress(parts)
        #expect(try gunzip(compressed) == bytes)
        #expect(Self.compress(parts) == compressed)
        #expect(Self.compress([bytes]) == compressed, "the cut does not matter")
        // Bytes without much of a pattern, as orders are.
        if (1...70_000).contains(count) { #expect(try Gzip.decompress(compressed) == bytes) }
    }

    @Test func `the header has no name and no time`() {
        // RFC 1952: magic, deflate, no flags, four bytes of time.
        #expect(Array(Self.compress([[1, 2, 3]]).prefix(8)) == [0x1F, 0x8B, 8, 0, 0, 0, 0, 0])
    }

    @Test func `members that follow one another are one content`() throws {
        let members = Self.compress([Array("first, ".utf8)]) + Self.compress([Array("second".utf8)])
        #expect(try Gzip.decompress(members) == Array("first, second".utf8))
    }

    @Test func `what is damaged is refused wherever the damage is`() {
        let bytes = Self.compress([Array(orderEvent("M1").utf8)])
        for count in 2..<bytes.count { #expect(Self.failure(Array(bytes.prefix(count))) == .damaged, "\(count)") }
        for index in bytes.indices.dropFirst(10) {
            var changed = bytes
            changed[index] ^= 1
            #expect(Self.failure(changed) != nil, "byte \(index)")
        }
        #expect(Self.failure(bytes + [0]) == .damaged)
        #expect(Self.failure(bytes + bytes.prefix(5)) == .damaged)
    }

    @Test func `a bomb is refused at its bound`() {
        // Zeros compress a thousand times.
        #expect(Self.failure(Self.compress([[UInt8](repeating: 0, count: 20_000_000)])) == .tooLarge)
        var generator = SystemRandomNumberGenerator()
        let noise = (0..<Gzip.maximumLength + 1).map { _ in UInt8.random(in: 0...255, using: &generator) }
        #expect(Self.failure(Self.compress([noise])) == .tooLarge)
        #expect(Self.failure(Self.compress([Array(noise.dropLast())])) == nil)
    }
}

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
