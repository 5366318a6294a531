import LambdaRuntime
import TestSupport
import Testing

/// Responses cut at every byte.
@Suite struct HTTPResponseReaderTests {
    struct Sample: Sendable, CustomTestStringConvertible {
        let text: String
        var status = 200
        var body = ""
        var keepsConnection = true
        var endsWithConnection = false
        var testDescription: String { self.text }
    }

    static let samples = [
        Sample(text: "HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", status: 202),
        Sample(text: "HTTP/1.1 202\r\nContent-Length: 0\r\n\r\n", status: 202),
        Sample(text: "HTTP/1.1 200 OK\r\ncontent-length:  4 \r\nX: y\r\n\r\n{\r\n}", body: "{\r\n}"),
        Sample(text: "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", body: "ok"),
        Sample(text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", body: "ok"),
        Sample(text: "HTTP/1.1 204 No Content\r\n\r\n", status: 204),
        Sample(text: "HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", status: 304),
        Sample(text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", body: "x"),
        Sample(
            text:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0A;x=\"y\"\r\n0123456789\r\n0\r\n\r\n",
            body: "abc0123456789"
        ),
        Sample(
            text:
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\nContent-Length: 99\r\n\r\n1\r\na\r\n00\r\nT: 1\r\n\r\n",
            body: "a"
        ),
        Sample(
            text: "HTTP/1.1 200 OK\r\nConnection: foo, Close\r\nContent-Length: 1\r\n\r\nx",
            body: "x",
            keepsConnection: false
        ),
        Sample(text: "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", body: "x", keepsConnection: false),
        Sample(text: "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx", body: "x"),
        Sample(text: "HTTP/1.1 200 OK\r\n\r\nrest", body: "rest", keepsConnection: false, endsWithConnection: true),
    ]

    @Test(arguments: samples)
    func `reads the sample cut anywhere`(sample: Sample) throws {
        let bytes = Array(sample.text.utf8)
        for first in 0...bytes.count {
            for second in first...bytes.count {
                var reader = HTTPResponseReader()
                try Self.feed([bytes[..<first], bytes[first..<second], bytes[second...]], to: &reader)
                #expect(reader.isComplete != sample.endsWithConnection)
                try reader.receiveEnd()
                #expect(reader.head.status == sample.status)
                #expect(reader.takeBody() == Array(sample.body.utf8))
                #expect(reader.keepsConnection == sample.keepsConnection)
            }
        }
    }

    @Test(arguments: samples)
    func `leaves what follows the response`(sample: Sample) throws {
        if sample.endsWithConnection { return }
        var reader = HTTPResponseReader()
        let used = try (Array(sample.text.utf8) + Array("HTTP".utf8)).withUnsafeBytes { try reader.receive($0) }
        #expect(used == sample.text.utf8.count)
        #expect(reader.isComplete)
    }

    @Test(arguments: samples)
    func `every prefix is incomplete`(sample: Sample) throws {
        if sample.endsWithConnection { return }
        let bytes = Array(sample.text.utf8)
        for end in 0..<bytes.count {
            var reader = HTTPResponseReader()
            try Self.feed([bytes[..<end]], to: &reader)
            #expect(!reader.isComplete)
            #expect(throws: HTTPResponseError.truncated) { try reader.receiveEnd() }
        }
    }

    @Test func `a body can be read straight into its memory`() throws {
        let body = (0..<1_000).map { UInt8(truncatingIfNeeded: $0) }
        let head = Array("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n".utf8)
        for before in [0, 1, 999] {
            var reader = HTTPResponseReader()
            try Self.feed([(head + body[..<before])[...]], to: &reader)
            #expect(reader.missingBodyLength == 1_000 - before)
            try reader.readBody { memory in memory.copyBytes(from: body[before...]) }
            #expect(reader.isComplete)
            #expect(reader.takeBody() == body)
        }
    }

    @Test func `a reader serves one response after the other`() throws {
        var reader = HTTPResponseReader()
        for sample in Self.samples where !sample.endsWithConnection {
            reader.reset()
            try Self.feed([Array(sample.text.utf8)[...]], to: &reader)
            #expect(reader.isComplete)
            #expect(reader.head.status == sample.status)
            #expect(reader.takeBody() == Array(sample.body.utf8))
        }
    }

    @Test(
        arguments: [
            ("HTTP/1.1 20 OK\r\n", .malformedStatusLine), ("HTTP/1.1 2000 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 099 X\r\n", .malformedStatusLine), ("HTTP/3.0 200 OK\r\n", .malformedStatusLine),
            ("\r\n", .malformedStatusLine), ("HTTP/1.1-200 OK\r\n", .malformedStatusLine),
            ("HTTP/1.1 200 OK\r\n: x\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\nA b: x\r\n", .malformedHeader),
            ("HTTP/1.1 200 OK\r\n folded: x\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\nA\r\n", .malformedHeader),
            ("HTTP/1.1 200 OK\r\nA: \u{1}\r\n", .malformedHeader), ("HTTP/1.1 200 OK\r\nA: x\ry\r\n", .malformedHeader),
            ("HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1, 1\r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 9999999999999999999\r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", .malformedLength),
            ("HTTP/1.1 200 OK\r\nContent-Length: 67108865\r\n\r\n", .bodyTooLarge),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", .unsupportedEncoding),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
                .unsupportedEncoding
            ),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", .malformedChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", .malformedChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX", .malformedChunk),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4000001\r\n", .bodyTooLarge),
            ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n", .malformedChunk),
        ] as [(String, HTTPResponseError)]
    )
    func `refuses what is not a response`(text: String, expected: HTTPResponseError) {
        var reader = HTTPResponseReader()
        #expect(throws: expected) { try Self.feed([Array(text.utf8)[...]], to: &reader) }
    }

    @Test func `refuses a byte that no field may have, wherever it stands in a name or a value`() {
        for byte: UInt8 in [0, 1, 9, 0x0B, 0x0D, 0x1F, 0x20, 0x21, 0x7E, 0x7F, 0x80, 0xFF] {
            let mayBeInName = (0x21...0x7E).contains(byte)
            let mayBeInValue = byte == 9 || (byte >= 0x20 && byte != 0x7F)
            for length in 1...20 {
                for position in 0..<length {
                    var text = [UInt8](repeating: UInt8(ascii: "y"), count: length)
                    text[position] = byte
                    #expect(Self.accepts(text + Array(": z".utf8)) == mayBeInName, "\(text)")
                    #expect(Self.accepts(Array("x: ".utf8) + text) == mayBeInValue, "\(text)")
                }
            }
        }
    }

    private static func accepts(_ field: [UInt8]) -> Bool {
        var reader = HTTPResponseReader()
        let head = Array("HTTP/1.1 200 OK\r\n".utf8) + field + Array("\r\nContent-Length: 0\r\n\r\n".utf8)
        return (try? Self.feed([head[...]], to: &reader)) != nil && reader.isComplete
    }

    @Test func `refuses a head without end`() {
        var reader = HTTPResponseReader()
        let line = Array(("X: " + String(repeating: "y", count: 1_000) + "\r\n").utf8)
        #expect(throws: HTTPResponseError.headTooLarge) {
            try Self.feed([Array("HTTP/1.1 200 OK\r\n".utf8)[...]], to: &reader)
            for _ in 0...300 { try Self.feed([line[...]], to: &reader) }
        }
    }

    @Test func `never traps on damaged responses`() {
        let seed = UInt64.random(in: 0...UInt64.max)
        var random = SeededRandom(seed: seed).generator
        for _ in 0..<20_000 {
            var bytes = Array(Self.samples.randomElement(using: &random)?.text.utf8 ?? "".utf8)
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                let index = Int.random(in: 0..<bytes.count, using: &random)
                bytes[index] = Bool.random(using: &random) ? .random(in: 0...255, using: &random) : 0x0A
            }
            var reader = HTTPResponseReader()
            let cut = Int.random(in: 0...bytes.count, using: &random)
            do {
                try Self.feed([bytes[..<cut], bytes[cut...]], to: &reader)
                try reader.receiveEnd()
            } catch {
                #expect(error is HTTPResponseError, "seed \(seed)")
            }
        }
    }

    private static func feed(_ parts: [ArraySlice<UInt8>], to reader: inout HTTPResponseReader) throws {
        for part in parts {
            _ = try part.withUnsafeBytes { try reader.receive($0) }
        }
    }
}
