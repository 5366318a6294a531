internal import CCurl
internal import Glibc
internal import JSONText
internal import Platform

/// One request on its way: what libcurl reads from and writes to.
///
/// Touched on the loop's thread only.
final class CurlTransfer {
    typealias Outcome = Result<HTTPResponse, HTTPTransportError>

    /// Never used twice by one transport.
    let id: UInt64
    private let request: HTTPRequest
    private let limits: CurlLimits
    /// Its time is the transfer's; it keeps the transport, and so the transfer.
    private unowned let loop: EventLoop
    /// After it the transfer is given up.
    private let deadline: UTCInstant?
    /// When the transfer began, by the monotonic clock.
    let start: Duration
    /// When to look, by the monotonic clock, whether the connection is silent; nil: it is not, or it is a new one.
    private(set) var silenceCheck: Duration?
    /// How long a kept-alive connection may take to send the request and to answer, at 1 MB/s at least.
    private let patience: Duration
    private let handshake: TLSHandshake
    /// Whether the connection began with all that OpenSSL knows.
    private var hasAllAlgorithms = true
    /// libcurl's, once the transfer has begun.
    var handle: UnsafeMutableRawPointer?
    /// Taken before it is resumed, so that once is enough.
    ///
    /// For a checked one the runtime looks up conformances of its two types at a cold start (docs/performance.md).
    var continuation: UnsafeContinuation<Void, Never>?
    var result: Outcome?
    private var sentBytes = 0
    /// Bytes that went to a proxy before any of the request, once there is a connection to the service.
    private var bytesBeforeRequest: Int?
    private var statusCode = 0
    private var headers = HTTPHeaders()
    private var headerBytes = 0
    private var hasWholeHead = false
    private var body: [UInt8] = []
    /// Set by the callback that stopped the transfer.
    private var refusal: HTTPTransportError.Code?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private let errorText = UnsafeMutablePointer<CChar>.allocate(capacity: Int(CURL_ERROR_SIZE))

    init(
        id: UInt64,
        request: HTTPRequest,
        limits: CurlLimits,
        trust: CurlTrust,
        observer: TLSObserver?,
        deadline: UTCInstant?,
        loop: EventLoop
    ) {
        self.id = id
        self.request = request
        self.limits = limits
        self.loop = loop
        self.deadline = deadline
        self.start = loop.clock.uptime
        self.patience = limits.silence + request.answerDelay + .microseconds(request.body.count)
        self.silenceCheck = self.start + self.patience
        self.handshake = TLSHandshake(trust: trust, observer: observer)
        self.errorText[0] = 0
    }

    deinit {
        curl_slist_free_all(self.headerList)
        self.errorText.deallocate()
    }

    var host: String { self.request.endpoint.host }

    /// How long it may take from here on, if there is a limit.
    var remaining: Duration? { self.deadline.map { $0 - self.loop.now } }

    /// Ends a transfer that libcurl does not have (any more).
    func finish(_ outcome: Outcome) {
        self.result = outcome
        self.resume()
    }

    func resume() {
        guard let continuation, self.result != nil else { return }
        self.continuation = nil
        continuation.resume()
    }

    /// What the transfer came to, once libcurl has ended it with `code`.
    func outcome(_ code: CURLcode, of handle: UnsafeMutableRawPointer) -> Outcome {
        if code == CURLE_OK {
            guard self.hasWholeHead else {
                // libcurl takes a connection that ends within the head for an answer without a body.
                let message = "\(self.host): the connection was lost within the answer's head"
                return .failure(HTTPTransportError(.connectionLost, message, wasSent: true))
            }
            return .success(HTTPResponse(statusCode: self.statusCode, headers: self.headers, body: self.body))
        }
        return self.failure(code, of: handle, text: String(cString: self.errorText))
    }

    /// What the transfer came to if it is ended for `code`, with `text` in libcurl's place.
    func failure(_ code: CURLcode, of handle: UnsafeMutableRawPointer, text: String) -> Outcome {
        let failure = CurlFailure(
            code: code,
            text: text,
            host: self.host,
            wasSent: self.wasSent(handle),
            refusal: self.refusal,
            refusesServer: self.handshake.refusesServer(code)
        )
        return .failure(failure.error)
    }

    /// Whether any byte of the request has been handed to the connection.
    func wasSent(_ handle: UnsafeMutableRawPointer) -> Bool {
        guard let bytesBeforeRequest else { return false }
        return Self.sentBytes(handle) > bytesBeforeRequest
    }

    private static func sentBytes(_ handle: UnsafeMutableRawPointer) -> Int {
        var bytes = 0
        ccurl_get_long(handle, CURLINFO_REQUEST_SIZE, &bytes)
        return bytes
    }

    /// Whether a kept-alive connection has been silent for too long since it was given the request; if not,
    /// `silenceCheck` says when to ask again.
    func isSilent(_ handle: UnsafeMutableRawPointer, at now: Duration) -> Bool {
        var connections = 0
        ccurl_get_long(handle, CURLINFO_NUM_CONNECTS, &connections)
        guard connections == 0, self.headerBytes == 0 else {
            self.silenceCheck = nil
            return false
        }
        // The request may have waited for a connection, or wait still.
        var wait: curl_off_t = 0
        ccurl_get_offset(handle, CURLINFO_PRETRANSFER_TIME_T, &wait)
        let due = (wait > 0 ? self.start + .microseconds(wait) : now) + self.patience
        self.silenceCheck = due
        return due <= now
    }

    /// Whether `code` tells of a handshake that failed, and had less at hand than OpenSSL knows.
    func mayLackAlgorithms(_ code: CURLcode) -> Bool {
        !self.hasAllAlgorithms && self.bytesBeforeRequest == nil && self.refusal == nil
            && [CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR].contains(code)
    }

    /// Forgets the first try.
    func prepareSecondTry(_ handle: UnsafeMutableRawPointer) {
        self.hasAllAlgorithms = true
        self.handshake.reset()
        self.errorText[0] = 0
        self.setTimeout(handle)
    }

    /// Sets every option of the handle; an error if the request cannot be sent as it is.
    func configure(_ handle: UnsafeMutableRawPointer, connections: KeptConnections.Use) -> HTTPTransportError? {
        for field in self.request.headers.fields where !Self.isSafe(field) {
            let message = "header \(field.name) holds a control character: nothing was sent to \(self.host)"
            return HTTPTransportError(.misconfigured, message, wasSent: false)
        }
        self.setConnection(handle)
        switch connections {
        case .idleFor(let seconds): ccurl_set_long(handle, CURLOPT_MAXAGE_CONN, seconds)
        case .none: ccurl_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
        }
        self.setTimeout(handle)
        self.setRequest(handle)
        self.setCallbacks(handle)
        return nil
    }

    private func setConnection(_ handle: UnsafeMutableRawPointer) {
        ccurl_set_string(handle, CURLOPT_PROTOCOLS_STR, "http,https")
        ccurl_set_long(handle, CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_1_1))
        ccurl_set_long(handle, CURLOPT_NOSIGNAL, 1)
        ccurl_set_long(handle, CURLOPT_FOLLOWLOCATION, 0)
        ccurl_set_long(handle, CURLOPT_TCP_KEEPALIVE, 1)
        // A transfer that ends while its host's name is looked up leaves the thread of the resolver behind, which otherwise
        // would be waited for: 10 seconds where the name server is silent.
        ccurl_set_long(handle, CURLOPT_QUICK_EXIT, 1)
        ccurl_set_long(handle, CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        ccurl_set_long(handle, CURLOPT_PROXY_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYPEER, 1)
        ccurl_set_long(handle, CURLOPT_SSL_VERIFYHOST, 2)
        self.hasAllAlgorithms = !OpenSSLSetup.isReduced
        self.handshake.observe(handle)
        // A proxy of the environment is for the world outside, never for a service on this machine.
        if Self.isLoopback(self.host) { ccurl_set_string(handle, CURLOPT_PROXY, "") }
        ccurl_set_long(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1)
        let connectTimeout = self.limits.connectTimeout.millisecondsRoundedUp
        ccurl_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(connectTimeout))
    }

    private func setTimeout(_ handle: UnsafeMutableRawPointer) {
        // Zero would be no limit.
        guard let remaining else { return }
        ccurl_set_long(handle, CURLOPT_TIMEOUT_MS, max(1, Int(remaining.millisecondsRoundedUp)))
    }

    private func setRequest(_ handle: UnsafeMutableRawPointer) {
        ccurl_set_string(handle, CURLOPT_URL, self.request.url)
        ccurl_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        switch self.request.method {
        case .get: ccurl_set_long(handle, CURLOPT_HTTPGET, 1)
        case .head: ccurl_set_long(handle, CURLOPT_NOBODY, 1)
        case .post:
            ccurl_set_long(handle, CURLOPT_POST, 1)
            ccurl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(self.request.body.count))
        case .put:
            ccurl_set_long(handle, CURLOPT_UPLOAD, 1)
            ccurl_set_offset(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(self.request.body.count))
        case .delete: ccurl_set_string(handle, CURLOPT_CUSTOMREQUEST, "DELETE")
        }
        for field in self.request.headers.fields {
            // libcurl reads "Name:" as "leave it out" and "Name;" as "send it empty".
            self.append(field.name, field.value.isEmpty ? ";" : ": ", field.value)
        }
        // Not signed, not wanted: they only cost bytes, and `Expect` a round trip.
        for name in ["Accept", "Expect", "Content-Type"] where self.request.headers[name] == nil {
            self.append(name, ":", "")
        }
        ccurl_set_headers(handle, self.headerList)
    }

    /// Gives libcurl a line, of which it makes a copy, without a string between.
    private func append(_ name: String, _ separator: String, _ value: String) {
        var line: [UInt8] = []
        line.reserveCapacity(name.utf8.count + separator.utf8.count + value.utf8.count + 1)
        line += name.utf8
        line += separator.utf8
        line += value.utf8
        line.append(0)
        line.withUnsafeBytes { line in
            self.headerList = curl_slist_append(self.headerList, line.baseAddress?.assumingMemoryBound(to: CChar.self))
        }
    }

    private func setCallbacks(_ handle: UnsafeMutableRawPointer) {
        // The transport keeps the transfer until libcurl has let go of it.
        let context = Unmanaged.passUnretained(self).toOpaque()
        ccurl_set_pointer(handle, CURLOPT_ERRORBUFFER, self.errorText)
        ccurl_set_pointer(handle, CURLOPT_PREREQDATA, context)
        ccurl_set_request_callback(handle) { context, _, _, _, _ in
            CurlTransfer.of(context).beginRequest()
            return CURL_PREREQFUNC_OK
        }
        ccurl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        ccurl_set_callback(handle, CURLOPT_HEADERFUNCTION) { data, size, count, context in
            CurlTransfer.of(context).receiveHeader(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        ccurl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        ccurl_set_callback(handle, CURLOPT_WRITEFUNCTION) { data, size, count, context in
            CurlTransfer.of(context).receiveBody(UnsafeRawBufferPointer(start: data, count: size * count))
        }
        // The body is read by a callback that cannot rewind: otherwise libcurl would send a request again by itself
        // when a kept-alive connection dies, without telling that the first one may have been acted upon.
        ccurl_set_pointer(handle, CURLOPT_READDATA, context)
        ccurl_set_callback(handle, CURLOPT_READFUNCTION) { data, size, count, context in
            CurlTransfer.of(context).provideBody(UnsafeMutableRawBufferPointer(start: data, count: size * count))
        }
    }

    private static func of(_ context: UnsafeMutableRawPointer?) -> CurlTransfer {
        // Set above, for every handle in use.
        Unmanaged<CurlTransfer>.fromOpaque(context.unsafelyUnwrapped).takeUnretainedValue()
    }

    /// There is a connection, and the request is the next thing to go over it.
    ///
    /// For the second time, if a kept connection turned out to be dead: what went over that counts.
    private func beginRequest() {
        guard let handle, self.bytesBeforeRequest == nil else { return }
        self.bytesBeforeRequest = Self.sentBytes(handle)
    }

    private func provideBody(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let count = min(buffer.count, self.request.body.count - self.sentBytes)
        self.request.body.withUnsafeBytes { body in
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: body[self.sentBytes..<self.sentBytes + count]))
        }
        self.sentBytes += count
        return count
    }

    private func receiveBody(_ bytes: UnsafeRawBufferPointer) -> Int {
        guard self.body.count + bytes.count <= self.limits.responseBody else {
            self.refusal = .responseTooLarge
            return 0
        }
        if self.body.isEmpty, let length = self.headers["Content-Length"].flatMap({ Int($0) }) {
            self.body.reserveCapacity(min(max(length, bytes.count), self.limits.responseBody))
        }
        self.body.append(contentsOf: bytes)
        return bytes.count
    }

    private func receiveHeader(_ bytes: UnsafeRawBufferPointer) -> Int {
        self.headerBytes += bytes.count
        guard self.headerBytes <= Self.maximumHeaderBytes else {
            self.refusal = .malformedResponse
            return 0
        }
        let line = Self.withoutEnd(bytes)
        if line.starts(with: "HTTP/".utf8) {
            // Another one follows an interim answer (100 Continue).
            self.headers = HTTPHeaders()
            self.hasWholeHead = false
            self.statusCode = Self.statusCode(line)
        } else if let colon = line.firstIndex(of: UInt8(ascii: ":")) {
            let value = line[(colon + 1)...].drop { $0.isASCIIWhiteSpace }
            self.headers.append(String(decoding: line[..<colon], as: UTF8.self), String(decoding: value, as: UTF8.self))
        } else if line.isEmpty {
            self.hasWholeHead = true
        }
        return bytes.count
    }

    private static let maximumHeaderBytes = 256 * 1024

    /// A line without its line break and the blanks before that.
    private static func withoutEnd(_ line: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        var rest = line[...]
        while let last = rest.last, last.isASCIIWhiteSpace { rest.removeLast() }
        return UnsafeRawBufferPointer(rebasing: rest)
    }

    /// The number in `HTTP/1.1 200 OK`; 0 where there is none.
    private static func statusCode(_ line: UnsafeRawBufferPointer) -> Int {
        let blank = UInt8(ascii: " ")
        let code = line.drop { $0 != blank }.drop { $0 == blank }.prefix { $0 != blank }
        return Int(String(decoding: code.prefix(3), as: UTF8.self)) ?? 0
    }

    /// A line break in a value would begin another header.
    private static func isSafe(_ field: HTTPHeaders.Field) -> Bool {
        !field.name.isEmpty && field.name.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }
            && (field.value.isVisibleASCII || field.value.utf8.allSatisfy { $0 >= 0x20 && $0 != 0x7F })
    }

    private static func isLoopback(_ host: String) -> Bool {
        let host = host.lowercased()
        return host == "localhost" || host.hasSuffix(".localhost") || host == "::1" || host.hasPrefix("127.")
    }
}
