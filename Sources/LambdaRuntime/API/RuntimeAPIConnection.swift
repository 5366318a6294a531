internal import Glibc
internal import Platform

/// One keep-alive connection to the Runtime API, with blocking calls.
///
/// A warm exchange is two system calls: one writes head and body, one reads the answer, unless that is larger than the
/// buffer.
///
/// Confined to the thread of its loop.
package final class RuntimeAPIConnection {
    /// How long an answer may take, except that to `next`, which comes when there is work.
    package static let defaultPatience = Duration.seconds(5)

    private let address: RuntimeAPIAddress
    private let patience: Duration
    /// Negative while there is no connection.
    private var descriptor: Int32 = -1 {
        didSet { self.observer.descriptorChanged(self.descriptor) }
    }
    private var reader = HTTPResponseReader()
    /// Holds heads and small bodies; larger bodies are read past it.
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 16 * 1_024, alignment: 16)
    private var request: RuntimeAPIRequest
    /// Told what a signal handler has to know.
    var observer = Observer()

    struct Observer {
        /// The descriptor of the connection, each time there is another one.
        var descriptorChanged: (Int32) -> Void = { _ in }
        /// The first bytes of an answer to `get` have come, and nothing was made of them yet.
        var answerBegins: () -> Void = {}
    }

    /// A connection that opens with the first request; `patience` bounds the wait for every answer but that to `next`.
    package init(address: RuntimeAPIAddress, patience: Duration = RuntimeAPIConnection.defaultPatience) {
        self.address = address
        self.patience = patience
        self.request = RuntimeAPIRequest(address: address)
    }

    deinit {
        if self.descriptor >= 0 { close(self.descriptor) }
        self.buffer.deallocate()
    }

    /// The head of the last answer.
    package var head: HTTPResponseHead { self.reader.head }

    /// The body of the last answer, which the connection then no longer holds.
    package func takeBody() -> [UInt8] { self.reader.takeBody() }

    /// Sends a call without a body and reads its answer, for as long as that takes; gives the status.
    package func get(_ call: RuntimeAPIRequest.Call) throws(ConnectionFailure) -> Int {
        self.request.begin(call)
        self.request.end()
        return try self.exchange(body: [], isPatient: true)
    }

    /// Sends a call with a JSON body and reads its answer; gives the status.
    ///
    /// A `patience` of its own, shorter than the connection's, costs one more system call.
    package func post(
        _ call: RuntimeAPIRequest.Call,
        body: [UInt8],
        patience: Duration? = nil,
        headers: (inout RuntimeAPIRequest) -> Void = { _ in }
    ) throws(ConnectionFailure) -> Int {
        self.request.begin(call, bodyLength: body.count)
        headers(&self.request)
        self.request.end()
        let status = try self.exchange(body: body, isPatient: false, patience: patience)
        if self.head["Lambda-Runtime-Aws-Request-Id"] != nil {
            self.disconnect()
            throw .outOfStep
        }
        return status
    }

    /// Sends a call and leaves it at that: its answer comes when the process ends.
    package func park(_ call: RuntimeAPIRequest.Call) throws(ConnectionFailure) {
        self.request.begin(call)
        self.request.end()
        try self.open()
        _ = try self.send(body: [])
    }

    private func exchange(
        body: [UInt8],
        isPatient: Bool,
        patience: Duration? = nil
    ) throws(ConnectionFailure) -> Int {
        try self.open()
        self.reader.reset()
        var isSent = false
        do {
            isSent = try self.send(body: body)
            if let patience { try self.awaitAnswer(patience) }
            try self.receive(isPatient: isPatient, isSent: isSent)
        } catch {
            self.disconnect()
            throw error
        }
        if !isSent || !self.reader.keepsConnection { self.disconnect() }
        return self.reader.head.status
    }

    private func disconnect() {
        let descriptor = self.descriptor
        self.descriptor = -1
        if descriptor >= 0 { close(descriptor) }
    }

    private func open() throws(ConnectionFailure) {
        if self.descriptor >= 0 { return }
        switch SocketConnector.connect(to: self.address, patience: self.patience) {
        case .success(let descriptor): self.descriptor = descriptor
        case .failure(let failure): throw failure
        }
    }

    /// Writes head and body; false: the server stopped reading, so that its answer, if there is one, came early.
    private func send(body: [UInt8]) throws(ConnectionFailure) -> Bool {
        let outcome = self.request.head.withUnsafeBytes { head in
            body.withUnsafeBytes { body in SocketWriter.write(head, body, to: self.descriptor) }
        }
        switch outcome {
        case .complete: return true
        case .nothing: throw .notDelivered
        case .partial: return false
        }
    }

    private func awaitAnswer(_ patience: Duration) throws(ConnectionFailure) {
        var wanted = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        if poll(&wanted, 1, patience.millisecondsRoundedUp) == 0 { throw .timedOut }
    }

    private func receive(isPatient: Bool, isSent: Bool) throws(ConnectionFailure) {
        do {
            while !self.reader.isComplete {
                if let missing = self.reader.missingBodyLength, missing > self.buffer.count {
                    try self.reader.readBody { memory in try self.fill(memory) }
                } else {
                    try self.receiveSome(isPatient: isPatient && !self.reader.hasBegun, isSent: isSent)
                }
            }
        } catch let failure as ConnectionFailure {
            throw failure
        } catch let error as HTTPResponseError {
            throw error == .truncated ? .lost : .malformed(error)
        } catch {
            throw .lost
        }
    }

    private func receiveSome(isPatient: Bool, isSent: Bool) throws {
        let count = recv(self.descriptor, self.buffer.baseAddress, self.buffer.count, 0)
        if count > 0 {
            if isPatient { self.observer.answerBegins() }
            let used = try self.reader.receive(UnsafeRawBufferPointer(rebasing: self.buffer[..<count]))
            // Nothing may follow an answer: the server would be out of step.
            if used < count { throw ConnectionFailure.malformed(.malformedStatusLine) }
        } else if count == 0 {
            if !self.reader.hasBegun {
                throw self.wasRefused ? ConnectionFailure.notDelivered : isSent ? .lost : .reset
            }
            try self.reader.receiveEnd()
        } else if errno == EAGAIN {
            if !isPatient { throw ConnectionFailure.timedOut }
        } else if errno != EINTR {
            throw self.reader.hasBegun ? ConnectionFailure.lost : .reset
        }
    }

    private func fill(_ memory: UnsafeMutableRawBufferPointer) throws {
        var rest = memory
        while let start = rest.baseAddress, !rest.isEmpty {
            let count = recv(self.descriptor, start, rest.count, Int32(MSG_WAITALL))
            if count > 0 {
                rest = UnsafeMutableRawBufferPointer(rebasing: rest[count...])
            } else if count == 0 {
                throw ConnectionFailure.lost
            } else if errno == EAGAIN {
                throw ConnectionFailure.timedOut
            } else if errno != EINTR {
                throw ConnectionFailure.lost
            }
        }
    }

    /// Whether the server's end was closed already when the request arrived there.
    ///
    /// Its kernel then refused the bytes, which is `EPIPE` here; a server that read them and closed afterwards leaves
    /// no error.
    private var wasRefused: Bool {
        // The refusal can be a moment behind the end that was just read.
        var nothing = pollfd(fd: self.descriptor, events: 0, revents: 0)
        _ = poll(&nothing, 1, 5)
        var error: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        getsockopt(self.descriptor, SOL_SOCKET, SO_ERROR, &error, &length)
        return error != 0
    }
}

/// Why a request to the Runtime API has no answer, told apart by what may be done next.
package enum ConnectionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no connection and none can be made: nothing was sent.
    case unreachable(reason: String)
    /// The server had closed its end, so that it cannot have read the request: it may be sent again.
    case notDelivered
    /// The server closed its end while the request was on its way, mostly before it read it all.
    ///
    /// A reset says no more than that: a server that closes with the request unread sends one, and one that discards the
    /// connection after reading may do so too. Hence a response is sent again once and not more.
    case reset
    /// The connection ended after the request was sent: the server may have acted on it.
    case lost
    /// The server did not answer in time.
    case timedOut
    /// The answer is not HTTP.
    case malformed(HTTPResponseError)
    /// An event that nobody asked for stands where the answer should: from here on every answer would be another one's.
    case outOfStep

    /// What an operator reads in the log.
    package var description: String {
        switch self {
        case .unreachable(let reason): "no connection to the Runtime API: \(reason)"
        case .notDelivered: "the Runtime API closed the connection before it took the request"
        case .reset: "the Runtime API closed the connection while the request was on its way"
        case .lost: "the connection to the Runtime API ended before its answer"
        case .timedOut: "the Runtime API did not answer in time"
        case .malformed(let error): "the answer of the Runtime API cannot be read: \(error)"
        case .outOfStep: "the Runtime API sent an event instead of its answer"
        }
    }
}
