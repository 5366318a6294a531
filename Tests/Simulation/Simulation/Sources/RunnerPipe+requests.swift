internal import AWSClient
internal import PipesRunner
internal import Platform
internal import SimulatedAWS

/// What a runner asks the services for, and what may happen to it.
extension RunnerPipe {
    /// The answer to a request of the runner's.
    func carry(_ request: HTTPRequest, until limit: VirtualTime.Nanoseconds?) async -> RunnerTransport.Answer {
        let number = self.requests
        self.requests += 1
        self.inFlight += 1
        defer { self.inFlight -= 1 }
        let stream = Source(self.source.function, "stream", 0)
        func happens(_ fault: DeliveryFault, _ probability: Double) -> Bool {
            self.world.faults.happens(fault, stream, number, probability: probability)
        }
        var generator = self.world.draws.generator(.pipe, stream.place, number)
        let (shard, children, kept) = (generator.number(0...7), generator.number(1...2), generator.number(0...2))
        if self.world.tableStream.mayEndShard, happens(.shardEnds, 0.01) {
            self.world.tableStream.endShard(shard, children: children)
        }
        if happens(.changesLeave, 0.004) { self.world.tableStream.trim(shard, keeping: kept) }
        if happens(.runnerRestarted, 0.003), self.isRunning {
            self.isRestarting = true
            self.stop()
        }
        await self.world.time.pause(generator.time(.milliseconds(1) ... .milliseconds(12)))
        self.look()
        if request.endpoint.host.hasPrefix("lambda.") {
            guard !happens(.invocationThrottled, 0.03) else {
                return .success(Self.refusal(429, "TooManyRequestsException"))
            }
            return await self.invoke(request.body, until: limit)
        }
        if happens(.streamFails, 0.04) {
            switch generator.number(0...3) {
            case 0: return .failure(HTTPTransportError(.connectionFailed, "no connection", wasSent: false))
            case 1: return .success(Self.refusal(400, "ThrottlingException"))
            case 2: return .success(Self.refusal(500, "InternalServerError"))
            default:
                _ = self.answer(request, page: 20)
                return .failure(HTTPTransportError(.connectionLost, "connection lost", wasSent: true))
            }
        }
        if Self.operation(of: request) == "GetRecords", happens(.iteratorExpired, 0.03) {
            return .success(Self.refusal(400, "ExpiredIteratorException"))
        }
        // Pages may be empty although more follows.
        let page = generator.chance(0.1) ? 0 : generator.number(1...20)
        let (answer, received, noted) = self.answer(request, page: page)
        if answer.statusCode == 200 {
            self.received.formUnion(received)
            self.owed.formUnion(received.filter { self.admitted.contains($0) && !self.settled.contains($0) })
            self.settle(noted)
        }
        return .success(answer)
    }

    /// The answer to a request of somebody who delivers what the runner gave up.
    func carryCalmly(_ request: HTTPRequest) async -> RunnerTransport.Answer {
        await self.world.time.pause(.milliseconds(5))
        return .success(self.answer(request, page: 20).0)
    }

    private static func operation(of request: HTTPRequest) -> String {
        let target = request.headers["X-Amz-Target"] ?? ""
        guard let point = target.utf8.lastIndex(of: UInt8(ascii: ".")) else { return target }
        return String(target[target.utf8.index(after: point)...])
    }

    /// Carries out a request to the stream or the queue; gives the changes that are read, and those that are noted.
    private func answer(
        _ request: HTTPRequest,
        page: Int
    ) -> (HTTPResponse, received: [Int], noted: [Int]) {
        let now = self.world.time.now
        guard request.endpoint.host.hasPrefix("streams.") else {
            guard let call = ServiceCall(request) else { return (Self.refusal(404, "NotFound"), [], []) }
            let answer = self.world.cloud.answer(call, at: now)
            return (answer, [], answer.statusCode == 200 ? self.note() : [])
        }
        let operation = Self.operation(of: request)
        do {
            let (body, numbers) = try self.world.tableStream.perform(
                operation,
                request.body,
                at: now,
                page: page,
                record: { self.world.streamText(of: self.changes[$0]) }
            )
            self.world.trace.note(now, "stream", Trace.hash(of: body)) {
                "\(self.source): \(operation)\(numbers.isEmpty ? "" : " gives changes \(numbers)")"
            }
            return (WireForm.success(body), numbers, [])
        } catch let error as ServiceError {
            return (WireForm.json(prefix: "com.amazonaws.dynamodb.v20120810#").answer(error), [], [])
        } catch {
            return (Self.refusal(400, "SerializationException"), [], [])
        }
    }

    private static func refusal(_ status: Int, _ code: String) -> HTTPResponse {
        WireForm.json(prefix: "com.amazonaws#").answer(ServiceError(status, code, "by the simulation"))
    }

    /// The runner has put a note into its queue: the changes that it stands for.
    private func note() -> [Int] {
        guard let body = self.world.cloud.sqs.bodies(self.source.function.pipeQueueURL).last,
            case .pointer(let range) = DeadLetterMessage(body: body),
            let start = SimulatedTableStream.number(range.start), let end = SimulatedTableStream.number(range.end)
        else {
            self.world.complain("\(self.source) wrote a note that nobody can read")
            return []
        }
        let numbers = self.owed.filter { $0 >= start && $0 <= end }.sorted()
        let oldest = self.world.time.now - Self.retention + .seconds(5)
        if !numbers.isEmpty, numbers.allSatisfy({ self.changes[$0].time <= oldest }) { return numbers }
        if numbers != [start] || start != end || range.count != 1 {
            self.world.complain("\(self.source) noted what is no single change that it owes: \(start) to \(end)")
        } else if start != self.deadlyNumber {
            self.world.complain("\(self.source) gave change \(start) up without a fault")
        }
        self.givenUp.formUnion(numbers)
        return numbers
    }

    func settle(_ numbers: [Int]) {
        self.owed.subtract(numbers)
        self.settled.formUnion(numbers)
    }
}

/// The network between a runner and the services.
struct RunnerTransport: HTTPTransport {
    typealias Answer = Result<HTTPResponse, HTTPTransportError>

    let pipe: RunnerPipe
    /// False for somebody who delivers what the runner gave up, whom nothing disturbs.
    var isRunner = true

    func send(
        _ request: HTTPRequest,
        deadline: UTCInstant?
    ) async throws(HTTPTransportError) -> HTTPResponse {
        guard self.isRunner else { return try await self.pipe.carryCalmly(request).get() }
        let limit = deadline.map { ($0 - RunnerClock(pipe: self.pipe).now).nanoseconds }
        return try await self.pipe.carry(request, until: limit).get()
    }
}

/// The clocks of a runner, which are right.
struct RunnerClock: TimeSource {
    let pipe: RunnerPipe
    /// Whether its sleeps may last until there is something to do.
    var isRunner = true

    var now: UTCInstant { World.epoch + self.uptime }

    var uptime: Duration { .nanoseconds(self.pipe.world.time.now) }

    func sleep(for duration: Duration) async throws {
        if Task.isCancelled { throw CancellationError() }
        if self.isRunner {
            await self.pipe.sleep(duration.nanoseconds)
        } else {
            await self.pipe.world.time.pause(duration.nanoseconds)
        }
        if Task.isCancelled { throw CancellationError() }
    }
}
