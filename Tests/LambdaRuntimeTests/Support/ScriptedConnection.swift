import Glibc

/// The server's end of one connection.
final class ScriptedConnection: @unchecked Sendable {  // used by the script's thread
    private var descriptor: Int32
    private var unread: [UInt8] = []

    init(descriptor: Int32) {
        self.descriptor = descriptor
        var limit = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var enabled: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &enabled, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { self.close() }

    /// Reads one request to its end; nil: the client has closed the connection.
    func readRequest() throws -> ScriptedRequest? {
        while true {
            if let (request, length) = ScriptedRequest.parse(self.unread) {
                self.unread.removeFirst(length)
                return request
            }
            if try !self.readSome() { return nil }
        }
    }

    /// Waits until something has arrived, and leaves it unread.
    func waitForBytes() throws {
        guard try self.hasBytes(within: 10_000) else {
            throw ScriptedRuntimeAPI.ScriptError(description: "no request came")
        }
    }

    /// Whether something arrives within that many milliseconds; it stays unread.
    func hasBytes(within milliseconds: Int32) throws -> Bool {
        var wanted = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&wanted, 1, milliseconds) == 1
    }

    /// Ends what the server sends; what the client sends can still be read.
    func finishSending() { shutdown(self.descriptor, Int32(SHUT_WR)) }

    /// Reads what has arrived; false: the client has closed the connection.
    @discardableResult
    func readSome(keeping: Bool = true) throws -> Bool {
        var bytes = [UInt8](repeating: 0, count: 256 * 1_024)
        let count = recv(self.descriptor, &bytes, bytes.count, 0)
        if count < 0, errno == EAGAIN { throw ScriptedRuntimeAPI.ScriptError(description: "no request came") }
        if count <= 0 { return false }
        if keeping { self.unread.append(contentsOf: bytes[..<count]) }
        return true
    }

    /// Reads a request that has to come, to this path.
    @discardableResult
    func expect(_ path: String) throws -> ScriptedRequest {
        guard let request = try self.readRequest() else {
            throw ScriptedRuntimeAPI.ScriptError(description: "the client closed instead of calling \(path)")
        }
        guard request.path == path else {
            throw ScriptedRuntimeAPI.ScriptError(description: "the client called \(request.path), not \(path)")
        }
        return request
    }

    func send(_ bytes: [UInt8]) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(self.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count <= 0 { return }
            rest = rest.dropFirst(count)
        }
    }

    func send(_ text: String) { self.send(Array(text.utf8)) }

    /// Closes as a server does that is done: unread bytes make it a reset.
    func close() {
        if self.descriptor >= 0 { Glibc.close(self.descriptor) }
        self.descriptor = -1
    }

    /// Closes with a reset, whatever was read.
    func reset() {
        var option = linger(l_onoff: 1, l_linger: 0)
        setsockopt(self.descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        self.close()
    }
}

extension ScriptedConnection {
    static let next = "/2018-06-01/runtime/invocation/next"

    static func response(_ id: String) -> String { "/2018-06-01/runtime/invocation/\(id)/response" }
    static func error(_ id: String) -> String { "/2018-06-01/runtime/invocation/\(id)/error" }

    /// Answers a request.
    func answer(_ status: String, headers: [String] = [], body: [UInt8] = []) {
        let lines = ["HTTP/1.1 \(status)"] + headers + ["Content-Length: \(body.count)", "", ""]
        self.send(Array(lines.joined(separator: "\r\n").utf8) + body)
    }

    /// Waits for `next` and answers it with an event.
    func serveEvent(_ id: String, _ body: String = "{}", headers: [String] = []) throws {
        try self.expect(Self.next)
        self.answer("200 OK", headers: ["Lambda-Runtime-Aws-Request-Id: \(id)"] + headers, body: Array(body.utf8))
    }

    /// Waits for the response to `id`, accepts it, and gives its request.
    @discardableResult
    func acceptResponse(_ id: String) throws -> ScriptedRequest {
        let request = try self.expect(Self.response(id))
        self.answer("202 Accepted", body: Array(#"{"status":"OK"}"#.utf8))
        return request
    }

    /// A whole invocation that must be answered with what was sent: the proof that the runtime is still in step.
    func serveEcho(_ id: String) throws {
        try self.serveEvent(id, "echo \(id)")
        let request = try self.acceptResponse(id)
        guard request.text == "echo \(id)" else {
            throw ScriptedRuntimeAPI.ScriptError(description: "\(id) was answered with \(request.text)")
        }
    }

    /// Ends the loop: the contract says that a runtime exits on this answer.
    func stop() throws {
        try self.expect(Self.next)
        self.answer("500 Internal Server Error")
    }
}
