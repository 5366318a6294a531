internal import CCurl
internal import Glibc
package import Platform
internal import Synchronization

/// HTTP/1.1 by libcurl, driven by the thread of one event loop.
///
/// Transfers run side by side over kept-alive connections. It belongs to the loop it was made for: make it before the loop
/// runs, on any thread, and send from tasks that run on the loop.
package final class CurlTransport: HTTPTransport, IOSource, @unchecked Sendable {  // on one thread; `waker` has a lock
    /// Its time is the transport's; it keeps the transport.
    private unowned let loop: EventLoop
    private let trust: CurlTrust
    private let limits: CurlLimits
    private let observer: TLSObserver?
    private var multi: UnsafeMutableRawPointer?
    /// What libcurl has, with those that wait for a connection: so few that a search is as good as a table.
    private var transfers: [CurlTransfer] = []
    /// Easy handles that wait for their next transfer.
    private var idleHandles: [UnsafeMutableRawPointer] = []
    private var lastID: UInt64 = 0
    private var keptConnections = KeptConnections()
    private let waker = Mutex(Waker())

    /// What other threads may touch.
    private struct Waker: @unchecked Sendable {  // `multi` is for `curl_multi_wakeup` alone, which any thread may call
        var multi: UnsafeMutableRawPointer?
        var cancelled: [UInt64] = []
    }

    /// Attaches itself to `loop`.
    ///
    /// Nothing of libcurl is set up before the first request.
    ///
    /// - Parameter observer: is told of the connections. Each request then has one of its own, so that the observer sees
    ///   sessions that are resumed, too.
    package init(
        loop: EventLoop,
        trustRoots: TrustRoots,
        limits: CurlLimits = CurlLimits(),
        observer: TLSObserver? = nil
    ) {
        self.loop = loop
        self.trust = CurlTrust(roots: trustRoots)
        self.limits = limits
        self.observer = observer
        loop.attach(self)
    }

    deinit {
        self.waker.withLock { $0.multi = nil }
        for transfer in self.transfers {
            curl_multi_remove_handle(self.multi, transfer.handle)
            curl_easy_cleanup(transfer.handle)
        }
        self.idleHandles.forEach { curl_easy_cleanup($0) }
        if let multi { curl_multi_cleanup(multi) }
    }

    /// Sends the request over a kept or a new connection; called on the loop's thread.
    package func send(
        _ request: HTTPRequest,
        deadline: UTCInstant?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        precondition(
            self.loop.isCurrent,
            "CurlTransport.send was called outside its loop's thread: run the task with that EventLoop"
        )
        self.lastID += 1
        let id = self.lastID
        let transfer = CurlTransfer(
            id: id,
            request: request,
            limits: self.limits,
            trust: self.trust,
            observer: self.observer,
            deadline: deadline,
            loop: self.loop
        )
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                transfer.continuation = continuation
                self.start(transfer)
            }
        } onCancel: {
            self.waker.withLock { waker in
                waker.cancelled.append(id)
                if let multi = waker.multi { curl_multi_wakeup(multi) }
            }
        }
        guard let result = transfer.result else { preconditionFailure("a transfer was resumed without a result") }
        return try result.get()
    }

    /// Whether a request is under way, for which the loop has to wait.
    package var hasPendingWork: Bool { !self.transfers.isEmpty }

    /// Waits until a connection or the loop's descriptor has something, and takes the transfers forward.
    package func poll(waitingAtMost milliseconds: Int32, wakeDescriptor: Int32) {
        guard let multi = self.multi else { return }
        if self.removeCancelled() { return }
        if self.perform(multi) { return }
        var extra = curl_waitfd(fd: wakeDescriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
        _ = curl_multi_poll(multi, &extra, 1, self.wait(atMost: milliseconds), nil)
        if !self.removeCancelled(), !self.perform(multi) { self.removeOverdue() }
    }

    /// `milliseconds`, or less if a transfer has to be looked at before.
    private func wait(atMost milliseconds: Int32) -> Int32 {
        // Returning early is harmless, so that "no limit" may be an hour.
        let limit = milliseconds < 0 ? 3_600_000 : milliseconds
        var next: Duration?
        for transfer in self.transfers {
            if let check = transfer.silenceCheck { next = min(next ?? check, check) }
        }
        guard let next else { return limit }
        return min(limit, max(.zero, next - self.loop.clock.uptime).millisecondsRoundedUp)
    }

    private func start(_ transfer: CurlTransfer) {
        if Task.isCancelled {
            return transfer.finish(.failure(.cancelled(wasSent: false)))
        }
        if let remaining = transfer.remaining, remaining <= .zero {
            let message = "the deadline was over before the request to \(transfer.host) began"
            return transfer.finish(.failure(HTTPTransportError(.timedOut, message, wasSent: false)))
        }
        if self.keptConnections.note(now: self.loop.clock.now, uptime: transfer.start) {
            self.abandonConnections(at: transfer.start)
        }
        guard let multi = self.preparedMulti(), let handle = self.idleHandles.popLast() ?? curl_easy_init() else {
            let message = "libcurl could not be set up: out of memory"
            return transfer.finish(.failure(HTTPTransportError(.misconfigured, message, wasSent: false)))
        }
        let connections = self.observer == nil ? self.keptConnections.use(at: transfer.start) : .none
        if let error = transfer.configure(handle, connections: connections) {
            self.recycle(handle)
            return transfer.finish(.failure(error))
        }
        transfer.handle = handle
        self.transfers.append(transfer)
        curl_multi_add_handle(multi, handle)
    }

    /// Closes all connections, or, while some are in use, leaves them unused from now on.
    private func abandonConnections(at uptime: Duration) {
        guard self.transfers.isEmpty else { return self.keptConnections.distrust(before: uptime) }
        self.waker.withLock { $0.multi = nil }
        if let multi { curl_multi_cleanup(multi) }
        self.multi = nil
    }

    private static let globalInitialization: CURLcode = {
        OpenSSLSetup.ensure()
        return ccurl_global_init()
    }()

    private func preparedMulti() -> UnsafeMutableRawPointer? {
        if let multi = self.multi { return multi }
        guard Self.globalInitialization == CURLE_OK, let multi = curl_multi_init() else { return nil }
        ccurl_multi_set_long(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, self.limits.connections)
        ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, self.limits.connections)
        self.multi = multi
        self.waker.withLock { $0.multi = multi }
        return multi
    }

    /// Moves bytes; says whether any transfer ended.
    private func perform(_ multi: UnsafeMutableRawPointer) -> Bool {
        var running: Int32 = 0
        curl_multi_perform(multi, &running)
        var hasFinished = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            // Copied before the handle goes: the message dies with it.
            let code = message.pointee.data.result
            if self.restart(handle, after: code, in: multi) { continue }
            guard let transfer = self.remove(handle, outcome: { $0.outcome(code, of: handle) }) else { continue }
            transfer.resume()
            hasFinished = true
        }
        return hasFinished
    }

    /// Begins a transfer anew, with all that OpenSSL knows, if its handshake may have failed for want of that.
    ///
    /// Servers with which nothing is in common end a handshake in all ways, by an alert, a close or a reset. So any failure
    /// will do: it happens once, and whom a second try believes OpenSSL at its full size believes.
    private func restart(
        _ handle: UnsafeMutableRawPointer,
        after code: CURLcode,
        in multi: UnsafeMutableRawPointer
    ) -> Bool {
        guard let transfer = self.transfers.first(where: { $0.handle == handle }), transfer.mayLackAlgorithms(code)
        else { return false }
        OpenSSLSetup.complete()
        curl_multi_remove_handle(multi, handle)
        transfer.prepareSecondTry(handle)
        curl_multi_add_handle(multi, handle)
        return true
    }

    /// Ends the transfers that libcurl would go on with although there is no hope or no time.
    private func removeOverdue() {
        let uptime = self.loop.clock.uptime
        for transfer in self.transfers {
            guard let handle = transfer.handle else { continue }
            let reason: String
            if let check = transfer.silenceCheck, check <= uptime, transfer.isSilent(handle, at: uptime) {
                self.keptConnections.distrust(before: transfer.start)
                reason = "the connection, which was kept alive, is silent"
            } else if let remaining = transfer.remaining, remaining <= .zero {
                // The wall clock was set, or went on while the machine was frozen: libcurl's time is the monotonic one.
                reason = "the deadline has passed"
            } else {
                continue
            }
            self.remove(
                handle,
                outcome: { $0.failure(CURLE_OPERATION_TIMEDOUT, of: handle, text: reason) }
            )?.resume()
        }
    }

    /// Ends the transfers whose tasks were cancelled; says whether there were any.
    private func removeCancelled() -> Bool {
        let cancelled = self.waker.withLock { waker in
            defer { waker.cancelled.removeAll() }
            return waker.cancelled
        }
        guard !cancelled.isEmpty else { return false }
        var hasRemoved = false
        for transfer in self.transfers where cancelled.contains(transfer.id) {
            guard let handle = transfer.handle else { continue }
            let wasSent = transfer.wasSent(handle)
            self.remove(handle, outcome: { _ in .failure(.cancelled(wasSent: wasSent)) })?.resume()
            hasRemoved = true
        }
        return hasRemoved
    }

    private func remove(
        _ handle: UnsafeMutableRawPointer,
        outcome: (CurlTransfer) -> CurlTransfer.Outcome
    ) -> CurlTransfer? {
        guard let index = self.transfers.firstIndex(where: { $0.handle == handle }) else { return nil }
        let transfer = self.transfers.remove(at: index)
        transfer.result = outcome(transfer)
        let uptime = self.loop.clock.uptime
        if self.keptConnections.note(now: self.loop.clock.now, uptime: uptime) {
            self.keptConnections.distrust(before: uptime)
        }
        curl_multi_remove_handle(self.multi, handle)
        self.recycle(handle)
        return transfer
    }

    /// Keeps the handle for another transfer, its options forgotten.
    ///
    /// Connections belong to the multi handle.
    private func recycle(_ handle: UnsafeMutableRawPointer) {
        curl_easy_reset(handle)
        self.idleHandles.append(handle)
    }
}

extension HTTPTransportError {
    static func cancelled(wasSent: Bool) -> HTTPTransportError {
        HTTPTransportError(.cancelled, "the task was cancelled", wasSent: wasSent)
    }
}

/// Bounds on what a transport does.
package struct CurlLimits: Sendable {
    /// Connections at one time; requests beyond that wait for one.
    ///
    /// With twenty, the forty requests that claim 1,000 events go in two rounds.
    package var connections: Int
    /// For resolving, connecting and the TLS handshake together.
    package var connectTimeout: Duration
    /// How long a connection that was kept alive may be silent before it counts as dead, beyond the time that the service
    /// needs by its contract (`HTTPRequest.answerDelay`).
    ///
    /// It is well above what a service takes for an answer, since the request is then sent a second time, and leaves most
    /// of a function's 10 seconds for that.
    package var silence: Duration
    /// Bytes of an answer's body.
    package var responseBody: Int

    /// Limits; by default those of a function.
    package init(
        connections: Int = 20,
        connectTimeout: Duration = .seconds(3),
        silence: Duration = .seconds(2),
        responseBody: Int = 16 * 1024 * 1024
    ) {
        self.connections = connections
        self.connectTimeout = connectTimeout
        self.silence = silence
        self.responseBody = responseBody
    }
}
