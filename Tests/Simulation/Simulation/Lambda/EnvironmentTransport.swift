internal import AWSClient
internal import Platform
internal import SimulatedAWS

/// The network between an environment and the services: takes requests as the client has written and signed them.
struct EnvironmentTransport: HTTPTransport {
    let environment: ExecutionEnvironment

    func send(
        _ request: HTTPRequest,
        deadline: UTCInstant?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        let environment = self.environment
        let place = WaitPlace()
        let end = environment.sockets.take(request.endpoint.host)
        defer { environment.sockets.giveBack(request.endpoint.host) }
        let result = await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Answer, Never>) in
                guard !environment.isDead, !Task.isCancelled else {
                    continuation.resume(returning: .failure(Self.cancelled))
                    return
                }
                let wait = environment.wait { continuation.resume(returning: .failure(Self.cancelled)) }
                place.number = wait
                let exchange = Exchange(environment, request, wait, continuation)
                exchange.begin(deadline: deadline, connection: end)
            }
        } onCancel: {
            environment.cancel(place.number)
        }
        return try result.get()
    }

    typealias Answer = Result<HTTPResponse, HTTPTransportError>

    private static let cancelled = HTTPTransportError(.cancelled, "the task was cancelled", wasSent: true)
}

/// One request on its way to a service, and its answer on the way back.
final class Exchange {
    private let environment: ExecutionEnvironment
    private let world: World
    private let request: HTTPRequest
    private let wait: Int
    private let continuation: UnsafeContinuation<EnvironmentTransport.Answer, Never>
    private let invocation: Invocation?
    /// The request's place in its delivery.
    private let number: Int
    private let there: VirtualTime.Nanoseconds
    private let back: VirtualTime.Nanoseconds

    init(
        _ environment: ExecutionEnvironment,
        _ request: HTTPRequest,
        _ wait: Int,
        _ continuation: UnsafeContinuation<EnvironmentTransport.Answer, Never>
    ) {
        self.environment = environment
        self.world = environment.world
        self.request = request
        self.wait = wait
        self.continuation = continuation
        self.invocation = environment.invocation
        self.number = environment.invocation?.requestCount ?? 0
        environment.invocation?.requestCount += 1
        var generator = self.world.draws.generator(.latency, environment.invocation?.place ?? 0, self.number)
        self.there = generator.time(.milliseconds(1) ... .milliseconds(12))
        self.back = generator.time(.milliseconds(1) ... .milliseconds(8))
    }

    /// `connection` is how the connection that the request is sent over has ended, if it has.
    func begin(deadline: UTCInstant?, connection: KeptSockets.End? = nil) {
        guard let call = ServiceCall(self.request) else {
            return self.fail(.hostNotFound, wasSent: false, in: .milliseconds(5))
        }
        let remaining = deadline.map { ($0 - EnvironmentClock(environment: self.environment).now).nanoseconds }
        if let connection { return self.meet(connection, remaining) }
        let fault = self.invocation?.plan.fault(self.number, point: call.point) { $0.isPossible(for: call) }
        self.world.requestCount += 1
        if let invocation {
            let words = fault.map { ": \($0.rawValue)" } ?? ""
            self.world.trace.note(self.world.time.now, "request", Trace.hash(of: self.request.body)) {
                "\(invocation.requestID), request \(self.number): \(call.point)\(words)"
            }
        }
        // A request that is certain to be answered in time needs no event for its deadline.
        if let remaining, fault != nil || remaining < self.there + self.back {
            if remaining < self.there + self.back { self.invocation?.mayHaveTimedOut = true }
            self.fail(.timedOut, wasSent: true, in: remaining)
        }
        switch self.invocation?.death(at: call) {
        case .beforeSending: return self.kill(in: 0)
        // Whatever else would have happened to the note: the process that has made it dies.
        case .onceAnswered: return self.carry(call, .killedAfter)
        case nil: break
        }
        if let fault { return self.carry(call, fault) }
        guard let outage = self.world.outage, outage.contains(self.world.time.now), call.service == .dynamoDB else {
            return self.carry(call)
        }
        self.invocation?.hasMetEnd = true
        self.carry(call, .failedBefore)
    }

    /// The request goes out over a connection that is gone.
    private func meet(_ end: KeptSockets.End, _ remaining: VirtualTime.Nanoseconds?) {
        self.world.counts["requests on connections that ended in a freeze", default: 0] += 1
        self.invocation?.hasMetEnd = true
        self.world.requestCount += 1
        if let invocation {
            self.world.trace.note(self.world.time.now, "request", Trace.hash(of: self.request.body)) {
                "\(invocation.requestID), request \(self.number): its connection is gone, \(end)"
            }
        }
        switch end {
        case .closed: self.fail(.connectionLost, wasSent: false, in: 0)
        case .reset: self.fail(.connectionLost, wasSent: true, in: self.there + self.back)
        case .silent: self.fail(.timedOut, wasSent: true, in: min(.seconds(2), remaining ?? .max))
        }
    }

    /// Brings the request to its service and the answer back.
    private func carry(_ call: ServiceCall) {
        self.world.time.after(self.there) {
            let answer = self.arrive(call)
            self.world.time.after(self.back) { self.answer(answer) }
        }
    }

    private func carry(_ call: ServiceCall, _ fault: RequestFault) {
        let time = self.world.time
        var generator = self.world.draws.generator(.lateness, self.invocation?.place ?? 0, self.number)
        let isBatch = call.operation == "BatchExecuteStatement"
        switch fault {
        case .unreachable: self.fail(.connectionFailed, wasSent: false, in: self.there)
        case .lostBefore: self.fail(.connectionLost, wasSent: true, in: self.there)
        case .lostAfter:
            time.after(self.there) { _ = self.arrive(call) }
            self.fail(.connectionLost, wasSent: true, in: self.there + self.back)
        case .throttled where isBatch && !self.isRefusedWhole, .conflict where isBatch:
            let refusals = StatementRefusal.batch(of: call.statementCount, &generator)
            time.after(self.there) {
                self.world.cloud.dynamoDB.statementRefusals = refusals
                let answer = self.arrive(call)
                self.world.cloud.dynamoDB.statementRefusals = []
                time.after(self.back) { self.answer(answer) }
            }
        case .throttled where call.operation == "PutRecords" && generator.chance(0.7):
            // The stream takes some of the records, and not the others.
            let codes = ["ProvisionedThroughputExceededException", "InternalFailure"]
            self.refuse((0..<500).map { _ in generator.chance(0.6) ? generator.choice(codes) : nil }, of: call)
        case .throttled where call.operation == "BatchGetItem" && generator.chance(0.5):
            // Some of the items are read, and the other keys are named.
            let rest = (0..<100).map { _ in generator.chance(0.5) }
            time.after(self.there) {
                self.world.cloud.dynamoDB.unprocessedKeys = rest
                let answer = self.arrive(call)
                self.world.cloud.dynamoDB.unprocessedKeys = []
                time.after(self.back) { self.answer(answer) }
            }
        case .failedBefore where call.operation == "PublishBatch" && generator.chance(0.7):
            // It answers 200, and has published some of the entries.
            self.invocation?.entryFailures += 1
            let failures = (0..<10).map { _ in generator.chance(0.6) }
            time.after(self.there) {
                self.world.cloud.sns.entryFailures = failures
                let answer = self.arrive(call)
                self.world.cloud.sns.entryFailures = []
                time.after(self.back) { self.answer(answer) }
            }
        case .failedBefore where call.operation == "PutRecords" && generator.chance(0.7):
            // It answers 200, and has taken none of them.
            self.refuse(Array(repeating: "InternalFailure", count: 500), of: call)
        case .failedBefore, .throttled, .conflict:
            let refusal = call.refusal(fault, &generator)
            time.after(self.there + self.back) { self.answer(refusal) }
        case .failedAfter:
            let refusal = call.refusal(.failedBefore, &generator)
            time.after(self.there) { _ = self.arrive(call) }
            time.after(self.there + self.back) { self.answer(refusal) }
        case .truncated:
            let isConnectionLost = generator.chance(0.5)
            time.after(self.there) {
                var answer = self.arrive(call)
                guard !isConnectionLost, answer.body.count > 1 else {
                    return self.fail(.connectionLost, wasSent: true, in: self.back)
                }
                answer.body.removeLast(max(1, answer.body.count / 3))
                time.after(self.back) { self.answer(answer) }
            }
        case .slow:
            let longer = generator.time(.milliseconds(50) ... .seconds(6))
            let isSlowThere = generator.chance(0.5)
            time.after(isSlowThere ? longer : self.there) {
                let answer = self.arrive(call)
                time.after(isSlowThere ? self.back : longer) { self.answer(answer) }
            }
        case .duplicated:
            time.after(generator.time(.milliseconds(1) ... .seconds(4))) { _ = self.arrive(call) }
            self.carry(call)
        case .oldRead:
            let old = (0..<100).map { _ in generator.chance(0.5) }
            time.after(self.there) {
                self.world.cloud.dynamoDB.oldReads = old
                let answer = self.arrive(call)
                self.world.cloud.dynamoDB.oldReads = []
                time.after(self.back) { self.answer(answer) }
            }
        case .held: self.hold(call, &generator)
        case .heldAndKilled:
            self.hold(call, &generator)
            self.kill(in: self.there)
        case .heldByFreeze:
            self.environment.sendAfterFreeze {
                guard !self.environment.isDead else { return }
                self.world.counts["requests that arrived after a freeze", default: 0] += 1
                _ = self.arrive(call, isLate: true)
            }
        case .killedBefore: self.kill(in: 0)
        case .killedAfter:
            time.after(self.there) {
                _ = self.arrive(call)
                self.kill()
            }
        case .killedAnswered:
            time.after(self.there) {
                let answer = self.arrive(call)
                time.after(self.back) {
                    self.answer(answer)
                    // In the middle of whatever the handler does next.
                    self.kill(in: 0)
                }
            }
        }
    }

    /// Whether a batch that is throttled is refused as a whole, and not statement by statement.
    private var isRefusedWhole: Bool {
        var generator = self.world.draws.generator(.lateness, self.invocation?.place ?? 0, self.number, 1)
        return generator.chance(0.4)
    }

    /// Kinesis answers in time, and refuses records for these codes.
    private func refuse(_ codes: [String?], of call: ServiceCall) {
        self.world.time.after(self.there) {
            self.world.cloud.kinesis.recordRefusals = codes
            let answer = self.arrive(call)
            self.world.cloud.kinesis.recordRefusals = []
            self.world.time.after(self.back) { self.answer(answer) }
        }
    }

    /// The request arrives within its successor's delivery, or long after that one's end.
    private func hold(_ call: ServiceCall, _ generator: inout Generator) {
        let delay = generator.choice([
            generator.time(.milliseconds(300) ... .seconds(3)), generator.time(.seconds(1) ... .seconds(20)),
            generator.time(.seconds(20) ... .seconds(800)),
        ])
        self.world.time.after(delay) {
            self.world.counts["requests that arrived late", default: 0] += 1
            _ = self.arrive(call, isLate: true)
        }
    }

    private func arrive(_ call: ServiceCall, isLate: Bool = false) -> HTTPResponse {
        let answer = self.world.answer(call, from: self.environment, of: self.invocation)
        self.world.trace.note(self.world.time.now, "answer", UInt64(answer.statusCode) ^ Trace.hash(of: answer.body)) {
            let name = self.invocation?.requestID ?? "nobody"
            let words = (isLate ? "arrives late, " : "") + "\(answer.statusCode)\(answer.codes)"
            return "\(name), request \(self.number): \(words)"
        }
        if isLate, answer.statusCode == 403 {
            self.world.counts["late requests that were refused as too old", default: 0] += 1
        }
        return answer
    }

    private func answer(_ answer: HTTPResponse) {
        self.environment.whenRunning {
            if self.environment.isDone(self.wait) { self.continuation.resume(returning: .success(answer)) }
        }
    }

    private func fail(_ code: HTTPTransportError.Code, wasSent: Bool, in delay: VirtualTime.Nanoseconds) {
        self.world.time.after(delay) {
            self.environment.whenRunning {
                guard self.environment.isDone(self.wait) else { return }
                self.continuation.resume(returning: .failure(HTTPTransportError(code, code.rawValue, wasSent: wasSent)))
            }
        }
    }

    private func kill(in delay: VirtualTime.Nanoseconds) {
        self.world.time.after(delay) { self.kill() }
    }

    /// Kills the environment, unless it has reported by now: the next invocation in it may be one that nothing disturbs.
    private func kill() {
        if self.environment.invocation === self.invocation { self.environment.kill() }
    }
}

extension ServiceCall {
    /// What the request does, and with what, as faults aim at it: `PutItem Orders`.
    fileprivate var point: String {
        if self.operation == "BatchExecuteStatement" { return self.operation + " " + self.statementHint }
        let table = self.tableHint
        return table.isEmpty ? self.operation : self.operation + " " + table
    }
}

extension HTTPResponse {
    /// The codes of its refusals, behind a blank each: its own, or those of a batch's statements and entries.
    fileprivate var codes: String {
        let marks = ["\"__type\":\"", "\"Code\":\"", "<Code>"].map { Array($0.utf8) }
        var codes: [String] = []
        for mark in marks {
            var place = Bytes.range(of: mark, in: self.body)
            while let start = place.map({ $0 + mark.count }) {
                let code = self.body[start...].prefix { $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "<") }
                codes.append(String(decoding: code.split(separator: UInt8(ascii: "#")).last ?? [], as: UTF8.self))
                place = Bytes.range(of: mark, in: self.body, from: start)
            }
        }
        return codes.map { " " + $0 }.joined()
    }
}

extension ServiceCall {
    /// Whether a read asks for what is there, and not for what was.
    fileprivate var isConsistentRead: Bool {
        Bytes.range(of: Array("\"ConsistentRead\":true".utf8), in: self.request.body) != nil
    }

    /// How many statements a batch has: no value can look like the head of one, since its quotes are escaped.
    fileprivate var statementCount: Int {
        let head = Array("{\"Statement\":\"".utf8)
        var count = 0
        var place = Bytes.range(of: head, in: self.request.body)
        while let start = place {
            count += 1
            place = Bytes.range(of: head, in: self.request.body, from: start + head.count)
        }
        return count
    }

    /// What the first of a batch's statements does: `claims` for an event's claim, else `INSERT` or `UPDATE`.
    private var statementHint: String {
        let start = Array("{\"Statements\":[{\"Statement\":\"".utf8)
        let body = self.request.body
        if body.dropFirst(start.count).starts(with: "UPDATE".utf8) { return "UPDATE" }
        // A claim's key is its first parameter, behind its statement of some 200 bytes.
        let isClaim = Bytes.range(of: Array("\"EVENT#".utf8), in: Array(body.prefix(500))) != nil
        return isClaim ? "claims" : "INSERT"
    }
}

extension RequestFault {
    /// Whether a request of that kind can meet the fault.
    func isPossible(for call: ServiceCall) -> Bool {
        switch self {
        case .oldRead: ["BatchGetItem", "GetItem"].contains(call.operation) && !call.isConsistentRead
        case .conflict:
            switch call.service {
            case .dynamoDB: call.operation != "GetItem"
            case .s3: call.operation == "PUT"
            case .kinesis, .sqs, .sns: false
            }
        case .unreachable, .lostBefore, .lostAfter, .failedBefore, .failedAfter, .throttled, .truncated, .slow,
            .duplicated, .held, .heldAndKilled, .heldByFreeze, .killedBefore, .killedAfter, .killedAnswered:
            true
        }
    }
}
