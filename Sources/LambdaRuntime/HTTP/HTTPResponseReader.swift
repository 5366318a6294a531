internal import JSONText
internal import Platform

/// Reads HTTP/1.1 responses out of bytes, however they are cut.
///
/// It performs no I/O, so a test can split them anywhere.
package struct HTTPResponseReader: Sendable {
    /// The Runtime API sends ten headers, of which the client context is the largest, at a few KiB.
    package static let largestHead = 256 * 1_024
    /// Ten times what Lambda sends (6,291,556 bytes), so that only nonsense is refused.
    package static let largestBody = 64 * 1_024 * 1_024

    private enum Phase: Sendable {
        case head
        case fixedBody(remaining: Int)
        case chunkSize(size: Int, digits: Int, inExtension: Bool)
        case chunk(remaining: Int)
        case chunkEnd
        case trailer(lineIsEmpty: Bool, length: Int)
        case bodyUntilEnd
        case complete
    }

    private var phase = Phase.head
    /// The status and the headers, as far as they are read.
    package private(set) var head = HTTPResponseHead()
    /// The body without its framing, as far as it is read.
    package private(set) var body: [UInt8] = []
    /// Whether any byte of the response has been seen.
    package private(set) var hasBegun = false
    /// Whether the server keeps the connection open; known with the head.
    package private(set) var keepsConnection = true

    /// A reader that waits for the first byte of a response.
    package init() {}

    /// Whether the whole response has been read.
    package var isComplete: Bool {
        if case .complete = self.phase { true } else { false }
    }

    /// How many bytes of a body of known length are missing; nil for every other state.
    package var missingBodyLength: Int? {
        if case .fixedBody(let remaining) = self.phase { remaining } else { nil }
    }

    /// Prepares for the next response.
    ///
    /// The head's memory is kept.
    package mutating func reset() {
        self.phase = .head
        self.head.removeAll()
        self.body = []
        self.hasBegun = false
        self.keepsConnection = true
    }

    /// Takes bytes as they were received and says how many of them belong to this response.
    package mutating func receive(_ bytes: UnsafeRawBufferPointer) throws(HTTPResponseError) -> Int {
        var cursor = 0
        if !bytes.isEmpty { self.hasBegun = true }
        while cursor < bytes.count, !self.isComplete {
            cursor += try self.advance(UnsafeRawBufferPointer(rebasing: bytes[cursor...]))
        }
        return cursor
    }

    /// The server has closed the connection: the end of some bodies, an error everywhere else.
    package mutating func receiveEnd() throws(HTTPResponseError) {
        switch self.phase {
        case .bodyUntilEnd: self.phase = .complete
        case .complete: break
        case .head, .fixedBody, .chunkSize, .chunk, .chunkEnd, .trailer: throw .truncated
        }
    }

    /// Lets `read` fill all that is missing of a body of known length, straight into the memory that the body keeps.
    ///
    /// If `read` throws, the response is lost.
    package mutating func readBody(_ read: (UnsafeMutableRawBufferPointer) throws -> Void) throws {
        guard case .fixedBody(let remaining) = self.phase else { return }
        try self.body.append(addingCapacity: remaining) { span in
            try span.withUnsafeMutableBufferPointer { memory, count in
                try read(UnsafeMutableRawBufferPointer(UnsafeMutableBufferPointer(rebasing: memory[..<remaining])))
                count = remaining
            }
        }
        self.phase = .complete
    }

    /// The body, which the reader then no longer holds.
    package mutating func takeBody() -> [UInt8] {
        var result: [UInt8] = []
        swap(&result, &self.body)
        return result
    }

    /// Takes at least one byte of `bytes`, which are not empty, and says how many.
    private mutating func advance(_ bytes: UnsafeRawBufferPointer) throws(HTTPResponseError) -> Int {
        switch self.phase {
        case .head:
            return try self.readHead(bytes)
        case .fixedBody(let remaining):
            let count = try self.appendBody(bytes, atMost: remaining)
            self.phase = count == remaining ? .complete : .fixedBody(remaining: remaining - count)
            return count
        case .bodyUntilEnd:
            return try self.appendBody(bytes, atMost: bytes.count)
        case .chunk(let remaining):
            let count = try self.appendBody(bytes, atMost: remaining)
            self.phase = count == remaining ? .chunkEnd : .chunk(remaining: remaining - count)
            return count
        case .chunkSize, .chunkEnd, .trailer:
            try self.readChunkFraming(bytes[0])
            return 1
        case .complete:
            return 0
        }
    }

    private mutating func readHead(_ bytes: UnsafeRawBufferPointer) throws(HTTPResponseError) -> Int {
        let (count, isComplete) = try self.head.append(bytes)
        guard self.head.count <= Self.largestHead else { throw .headTooLarge }
        if isComplete { try self.beginBody() }
        return count
    }

    /// RFC 9112 §6.3: what says how long the body is.
    private mutating func beginBody() throws(HTTPResponseError) {
        let status = self.head.status
        if status < 200, status != 101 {
            self.head.removeAll()  // 100 Continue and the like come before the response
            return
        }
        self.keepsConnection = try self.readKeepsConnection()
        let isChunked = try self.readIsChunked()
        let length = try self.readContentLength()
        if status == 204 || status == 304 {
            self.phase = .complete
        } else if isChunked {
            self.phase = .chunkSize(size: 0, digits: 0, inExtension: false)
        } else if let length {
            guard length <= Self.largestBody else { throw .bodyTooLarge }
            // At once, so that a body of megabytes is held once and never copied.
            self.body.reserveCapacity(length)
            self.phase = length == 0 ? .complete : .fixedBody(remaining: length)
        } else {
            self.keepsConnection = false
            self.phase = .bodyUntilEnd
        }
    }

    private func readKeepsConnection() throws(HTTPResponseError) -> Bool {
        var keeps = !self.head.isVersion1_0
        try self.head.forEach("connection") { value throws(HTTPResponseError) in
            for token in value.split(separator: UInt8(ascii: ",")) {
                let name = token.filter { $0 > 0x20 }.map { $0 | 0x20 }
                if name == Array("close".utf8) { keeps = false }
                if name == Array("keep-alive".utf8) { keeps = true }
            }
        }
        return keeps
    }

    private func readIsChunked() throws(HTTPResponseError) -> Bool {
        var isChunked = false
        try self.head.forEach("transfer-encoding") { value throws(HTTPResponseError) in
            guard !isChunked, value.map({ $0 | 0x20 }) == Array("chunked".utf8) else { throw .unsupportedEncoding }
            isChunked = true
        }
        return isChunked
    }

    private func readContentLength() throws(HTTPResponseError) -> Int? {
        var length: Int?
        try self.head.forEach("content-length") { value throws(HTTPResponseError) in
            guard !value.isEmpty, value.count <= 18 else { throw .malformedLength }
            var number = 0
            for byte in value {
                guard byte.isASCIIDigit else { throw .malformedLength }
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
            guard length == nil || length == number else { throw .malformedLength }
            length = number
        }
        return length
    }

    private mutating func appendBody(
        _ bytes: UnsafeRawBufferPointer,
        atMost limit: Int
    ) throws(HTTPResponseError) -> Int {
        let count = min(bytes.count, limit)
        guard self.body.count + count <= Self.largestBody else { throw .bodyTooLarge }
        self.body.append(contentsOf: bytes[..<count])
        return count
    }

    /// RFC 9112 §7.1, a byte at a time: sizes, extensions and trailers are few.
    private mutating func readChunkFraming(_ byte: UInt8) throws(HTTPResponseError) {
        switch self.phase {
        case .chunkSize(let size, let digits, let inExtension):
            try self.readChunkSize(byte, size: size, digits: digits, inExtension: inExtension)
        case .chunkEnd:
            if byte == 0x0A {
                self.phase = .chunkSize(size: 0, digits: 0, inExtension: false)
            } else if byte != 0x0D {
                throw .malformedChunk
            }
        case .trailer(let lineIsEmpty, let length):
            guard length < Self.largestHead else { throw .headTooLarge }
            if byte == 0x0A {
                self.phase = lineIsEmpty ? .complete : .trailer(lineIsEmpty: true, length: length + 1)
            } else {
                self.phase = .trailer(lineIsEmpty: lineIsEmpty && byte == 0x0D, length: length + 1)
            }
        case .head, .fixedBody, .chunk, .bodyUntilEnd, .complete:
            preconditionFailure("only chunk framing is read byte by byte")
        }
    }

    private mutating func readChunkSize(
        _ byte: UInt8,
        size: Int,
        digits: Int,
        inExtension: Bool
    ) throws(HTTPResponseError) {
        guard digits <= 4_096 else { throw .malformedChunk }
        if byte == 0x0A {
            guard digits > 0 else { throw .malformedChunk }
            guard self.body.count + size <= Self.largestBody else { throw .bodyTooLarge }
            self.phase = size == 0 ? .trailer(lineIsEmpty: true, length: 0) : .chunk(remaining: size)
        } else if inExtension || (digits > 0 && [0x0D, 0x3B, 0x20, 0x09].contains(byte)) {
            self.phase = .chunkSize(size: size, digits: digits + 1, inExtension: true)
        } else {
            guard let digit = Hexadecimal.value(of: byte), size <= Self.largestBody else { throw .malformedChunk }
            self.phase = .chunkSize(size: size << 4 | Int(digit), digits: digits + 1, inExtension: false)
        }
    }
}

/// Bytes that are not an HTTP/1.1 response, or more of them than the runtime takes.
package enum HTTPResponseError: Error, Sendable, Equatable, CustomStringConvertible {
    case malformedStatusLine
    case malformedHeader
    case malformedLength
    case malformedChunk
    case unsupportedEncoding
    case headTooLarge
    case bodyTooLarge
    /// The connection ended in the middle.
    case truncated

    /// What is wrong with the response.
    package var description: String {
        switch self {
        case .malformedStatusLine: "the status line is not one of HTTP/1.x"
        case .malformedHeader: "a header line is malformed"
        case .malformedLength: "the content length is not a number or contradicts itself"
        case .malformedChunk: "a chunk of the body is malformed"
        case .unsupportedEncoding: "the transfer encoding is not chunked"
        case .headTooLarge: "the head has more than \(HTTPResponseReader.largestHead) bytes"
        case .bodyTooLarge: "the body has more than \(HTTPResponseReader.largestBody) bytes"
        case .truncated: "the connection ended before the response did"
        }
    }
}
