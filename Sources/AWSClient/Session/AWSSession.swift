package import Platform
internal import Synchronization

/// What all service clients share: endpoints, signatures, retries, the clock's correction.
///
/// Making one does no I/O.
package final class AWSSession: Sendable {
    /// The account, its credentials and endpoints.
    package let configuration: AWSConfiguration
    let transport: any HTTPTransport
    let time: any TimeSource
    /// What tokens and waits are drawn from.
    package let random: any RandomSource
    private let policy: RetryPolicy
    private let signingKeys = SigningKeyCache()
    private let clock = Mutex(ClockCorrection())

    /// A session whose requests go through `transport`.
    package init(
        configuration: AWSConfiguration,
        transport: any HTTPTransport,
        time: any TimeSource,
        random: any RandomSource = SystemRandom()
    ) {
        self.configuration = configuration
        self.transport = transport
        self.time = time
        self.random = random
        self.policy = RetryPolicy(maxAttempts: configuration.maxAttempts, time: time, random: random)
    }

    /// The attempts of an operation whose answers say themselves what of the request has to be sent again.
    func attempts(of operation: String, until limit: CallLimit) -> CallAttempts {
        CallAttempts(operation, limit: limit, policy: self.policy)
    }

    /// A session of another configuration by the same transport, for a service whose endpoint is known only later.
    package func reconfigured(_ configuration: AWSConfiguration) -> AWSSession {
        AWSSession(configuration: configuration, transport: self.transport, time: self.time, random: self.random)
    }

    /// Sends the call until it succeeds, cannot succeed, or attempts, tokens or time run out.
    ///
    /// `read` decodes a successful answer; if it throws, the answer counts as damaged and the call is repeated.
    package func send<Output>(
        _ request: AWSRequest,
        until limit: CallLimit,
        read: (HTTPResponse) throws -> Output
    ) async throws(AWSError) -> Output {
        var attempts = self.attempts(of: request.name, until: limit)
        return try await self.send(request, attempts: &attempts, read: read)
    }

    /// Sends the call as often as `attempts` allow, which tell afterwards what became of them.
    func send<Output>(
        _ request: AWSRequest,
        attempts: inout CallAttempts,
        read: (HTTPResponse) throws -> Output
    ) async throws(AWSError) -> Output {
        while true {
            switch await self.attempt(request, deadline: attempts.deadline, read: read) {
            case .success(let output):
                attempts.succeeded()
                return output
            case .failure(let failure):
                try await attempts.wait(after: failure)
            }
        }
    }

    private func attempt<Output>(
        _ request: AWSRequest,
        deadline: CallDeadline,
        read: (HTTPResponse) throws -> Output
    ) async -> Result<Output, AttemptFailure> {
        let remaining = deadline.remaining(self.time)
        if let remaining, remaining <= .zero {
            return .failure(
                AttemptFailure(
                    AWSError(
                        code: .deadlineExceeded,
                        message: "no time was left to send the request",
                        operation: request.name
                    )
                )
            )
        }
        let now = self.time.now
        let signed = now + self.clock.withLock { $0.offset }
        let response: HTTPResponse
        do {
            response = try await self.transport.send(
                self.signed(request, at: signed),
                deadline: now + min(remaining ?? request.attemptTimeout, request.attemptTimeout)
            )
        } catch {
            let isPastDeadline = deadline.remaining(self.time).map { $0 <= .zero } ?? false
            return .failure(AttemptFailure(error, operation: request.name, isPastDeadline: isPastDeadline))
        }
        guard Self.hasRightChecksum(response) else {
            return .failure(
                AttemptFailure(
                    Self.damaged(.checksumMismatch, "the answer does not match its CRC-32", response, request)
                )
            )
        }
        let decoder = ServiceErrorDecoder(
            service: request.service,
            operation: request.name,
            credentials: self.configuration.credentials
        )
        guard response.isSuccess, request.isAnsweredByContent || !decoder.isErrorDocument(response) else {
            let error = decoder.decode(response)
            let isRefusedForItsTime = error.code.suggestsClockSkew && self.isExplainedByTime(response, signed: signed)
            return .failure(
                AttemptFailure(
                    error,
                    retryAfter: response.headers.retryAfter,
                    isRefusedForItsTime: isRefusedForItsTime
                )
            )
        }
        do {
            return .success(try read(response))
        } catch {
            return .failure(AttemptFailure(Self.damaged(.malformedResponse, "\(error)", response, request)))
        }
    }

    /// Learns from the answer what time it is.
    private func isExplainedByTime(_ response: HTTPResponse, signed: UTCInstant) -> Bool {
        let date = response.headers["Date"].flatMap(HTTPDate.parse)
        let received = self.time.now
        return self.clock.withLock { $0.explains(refusalAt: date, signed: signed, received: received) }
    }

    private func signed(_ request: AWSRequest, at instant: UTCInstant) -> HTTPRequest {
        var endpoint = self.configuration.endpoint(for: request.service)
        if let label = request.hostLabel { endpoint.host = "\(label).\(endpoint.host)" }
        var unsigned = HTTPRequest(
            method: request.method,
            endpoint: endpoint,
            path: endpoint.basePath + request.path,
            query: request.query,
            headers: request.headers,
            body: request.body,
            answerDelay: request.answerDelay
        )
        unsigned.headers["User-Agent"] = self.configuration.userAgent
        if let trace = TraceContext.current {
            unsigned.headers["X-Amzn-Trace-Id"] = trace.xRayHeader
            unsigned.headers["traceparent"] = trace.traceParent
        }
        let signer = SigV4Signer(
            credentials: self.configuration.credentials,
            region: self.configuration.region,
            service: request.service.signingName,
            keys: self.signingKeys
        )
        return signer.sign(unsigned, at: instant)
    }

    /// DynamoDB sends the CRC-32 of its body, in decimal.
    private static func hasRightChecksum(_ response: HTTPResponse) -> Bool {
        guard let expected = response.headers["x-amz-crc32"] else { return true }
        return UInt32(expected) == CRC32.checksum(response.body)
    }

    private static func damaged(
        _ code: AWSError.Code,
        _ message: String,
        _ response: HTTPResponse,
        _ request: AWSRequest
    ) -> AWSError {
        AWSError(
            code: code,
            message: message,
            operation: request.name,
            statusCode: response.statusCode,
            requestID: response.headers["x-amzn-RequestId"] ?? response.headers["x-amz-request-id"],
            mayHaveBeenApplied: true
        )
    }
}
