internal import AWSClient
internal import LambdaEvents
internal import Platform
internal import SimulatedAWS

/// One invocation of a function, from the moment at which Lambda has an environment for it.
final class Invocation: @unchecked Sendable {  // confined to its run's thread
    let requestID: String
    let event: [UInt8]
    let plan: FaultPlan
    /// When Lambda ends it, in nanoseconds of the run.
    let deadline: VirtualTime.Nanoseconds
    /// A number of its own in the run.
    let place: Int
    /// How many requests its handler has made.
    var requestCount = 0
    /// What the handler logged.
    var log: [UInt8] = []
    /// The event ids in it of records that its process dies of.
    let deadly: [String]
    /// Those of them that it has noted not to decode.
    private var condemned: Set<String> = []
    /// The note that it is tried once more, which still names what processes before were at.
    private var firstNote: [UInt8]?
    /// Whether the connection of its report was reset before.
    var wasReset = false
    /// Whether a request of it went out over a connection that was gone, or met an outage.
    var hasMetEnd = false
    /// How many of its requests were told in time that some of their entries were not published, and no more than that.
    var entryFailures = 0
    /// Whether the deadline of a request of it came before its answer.
    var mayHaveTimedOut = false
    fileprivate var caller: UnsafeContinuation<Outcome, Never>?

    fileprivate init(
        _ requestID: String,
        _ event: [UInt8],
        _ plan: FaultPlan,
        deadly: [String],
        deadline: VirtualTime.Nanoseconds,
        place: Int,
        caller: UnsafeContinuation<Outcome, Never>
    ) {
        self.requestID = requestID
        self.event = event
        self.plan = plan
        self.deadly = deadly
        self.deadline = deadline
        self.place = place
        self.caller = caller
    }
}

extension Invocation {
    /// Whether each of its requests has done what the answer to it says, and nothing else.
    ///
    /// Entries that SNS does not publish leave nothing open: it says so of each.
    fileprivate var hasDoneWhatItSays: Bool {
        self.plan.isUndisturbed(besides: self.entryFailures) && self.deadly.isEmpty && !self.hasMetEnd
            && !self.mayHaveTimedOut
    }

    /// How a request shows that the process is about to die of a record, or has.
    enum Death { case beforeSending, onceAnswered }

    /// The death that a request shows; nil where the process lives on.
    ///
    /// Records are decoded between two requests: one by one behind notes that name them, and all that are not condemned before
    /// the first request that is about their content.
    func death(at call: ServiceCall) -> Death? {
        guard !self.deadly.isEmpty else { return nil }
        let body = call.request.body
        func holds(_ text: String) -> Bool { Bytes.range(of: Array(text.utf8), in: body) != nil }
        if holds("#attempts\""), call.operation == "PutItem" {
            let firstNote = self.firstNote ?? body
            self.firstNote = firstNote
            let list = Array("\"condemned\":{\"SS\":[".utf8)
            if let start = Bytes.range(of: list, in: body) {
                let names = Array(body[start...].prefix { $0 != UInt8(ascii: "]") })
                for id in self.deadly where Bytes.range(of: Array(id.utf8), in: names) != nil {
                    self.condemned.insert(id)
                }
            }
            let names = body != firstNote && self.deadly.contains { holds("\"decoding\":{\"S\":\"\($0)\"}") }
            return names ? .onceAnswered : nil
        }
        if holds("#attempts\"") { return nil }
        return self.deadly.allSatisfy(self.condemned.contains) ? nil : .beforeSending
    }

    /// Whether an answer says that a record is done which the process dies of when it decodes it.
    ///
    /// A record that counts nothing takes no request, so that none has shown the death.
    func isOfTheDead(_ answer: [UInt8]) -> Bool {
        let alive = self.deadly.filter { !self.condemned.contains($0) }
        guard !alive.isEmpty else { return false }
        let failures = BatchAnswer.failures(Outcome(requestID: self.requestID, ending: .answered(answer), log: []))
        let failed = (failures ?? []).compactMap { SequenceNumber($0) }
        return alive.contains { id in
            guard let number = id.split(separator: ":").last.flatMap({ SequenceNumber(String($0)) }) else {
                return false
            }
            // All from the lowest failure on come again.
            return failures != nil && failed.allSatisfy { number < $0 }
        }
    }
}

/// What a caller learns of an invocation.
struct Outcome: Sendable {
    enum Ending: Sendable, Equatable {
        case answered([UInt8])
        case failed(String)
        case killed
        case timedOut
        /// The caller has given up waiting.
        case unknown
    }

    let requestID: String
    let ending: Ending
    let log: [UInt8]
    /// Whether nothing has happened to the invocation that its function may fail of.
    var isUndisturbed = false
}

/// Lambda: keeps environments, hands them invocations, ends what takes too long.
final class LambdaService: @unchecked Sendable {  // confined to its run's thread
    private unowned let world: World
    /// Environments that wait for an invocation, by function, the one that was used last at the end.
    private var idle: [FunctionName: [ExecutionEnvironment]] = [:]
    /// All that live: nobody else keeps those that wait.
    private var environments: [Int: ExecutionEnvironment] = [:]
    private var lastEnvironment = 0
    private var lastInvocation = 0
    /// Invocations that wait for a new environment to start, by its number.
    private var starting: [Int: Invocation] = [:]
    /// Which version of each function is deployed, from 0.
    private(set) var versions: [FunctionName: Int] = [:]

    init(world: World) { self.world = world }

    /// Invokes a function and waits for what comes of it; `content` says in the story what is delivered.
    func invoke(
        _ source: Source,
        delivery: Int,
        attempt: Int,
        _ event: [UInt8],
        _ content: @autoclosure () -> String
    ) async -> Outcome {
        let plan = self.world.faults.plan(source, delivery: delivery, attempt: attempt)
        self.lastInvocation += 1
        self.world.counts["invocations", default: 0] += 1
        let place = source.place * 100_000 + delivery
        let number = self.lastInvocation
        return await withUnsafeContinuation { continuation in
            let freeze = plan.has(.frozen) ? self.freeze(place) : 0
            let timeout = plan.has(.shortTime) ? 0.45 : plan.has(.mediumTime) ? 1.2 : source.function.timeout
            let invocation = Invocation(
                "\(source), delivery \(delivery)",
                event,
                plan,
                deadly: self.world.deadly[source.function, default: []].sorted().filter {
                    Bytes.range(of: Array($0.utf8), in: event) != nil
                },
                deadline: self.world.time.now + freeze + .seconds(timeout),
                place: place,
                caller: continuation
            )
            self.world.trace.note(self.world.time.now, "invoke", Trace.hash(of: event) ^ UInt64(number)) {
                let faults = plan.deliveryFaults.map(\.rawValue).joined(separator: "; ")
                return "\(invocation.requestID): invoked with \(content())\(faults.isEmpty ? "" : ": " + faults)"
            }
            if plan.has(.redeployed) { self.deploy(source.function) }
            guard freeze > 0 else { return self.assign(invocation, source.function) }
            self.world.time.after(freeze) { self.assign(invocation, source.function) }
        }
    }

    /// For how long nothing is delivered before an invocation, so that the function's environments are frozen: seconds to
    /// hours.
    private func freeze(_ place: Int) -> VirtualTime.Nanoseconds {
        var generator = self.world.draws.generator(.freeze, place)
        return generator.time(
            generator.choice([
                .seconds(1) ... .seconds(50), .seconds(50) ... .seconds(900), .seconds(900) ... .seconds(10_800),
            ])
        )
    }

    private func assign(_ invocation: Invocation, _ function: FunctionName) {
        var generator = self.world.draws.generator(.environment, invocation.place)
        if !invocation.plan.has(.coldStart), let environment = self.idle[function]?.popLast() {
            return self.begin(invocation, environment)
        }
        self.lastEnvironment += 1
        let environment = ExecutionEnvironment(
            self.lastEnvironment,
            function,
            version: self.versions[function, default: 0],
            world: self.world
        )
        self.environments[environment.number] = environment
        self.starting[environment.number] = invocation
        self.world.counts["environments", default: 0] += 1
        self.world.time.after(generator.time(.milliseconds(5) ... .milliseconds(30))) {
            do {
                try environment.start(self.world.variables(of: environment))
            } catch {
                self.world.complain("\(function.rawValue) cannot start: \(error)")
            }
        }
    }

    /// An environment asks for an invocation.
    func isFree(_ environment: ExecutionEnvironment) {
        if let invocation = self.starting.removeValue(forKey: environment.number) {
            // It waits from the next moment on.
            self.world.time.after(0) { self.begin(invocation, environment) }
        } else if environment.isRetired || environment.version != self.versions[environment.function, default: 0] {
            self.world.time.after(0) { environment.kill() }
        } else {
            self.idle[environment.function, default: []].append(environment)
        }
    }

    private func begin(_ invocation: Invocation, _ environment: ExecutionEnvironment) {
        let time = self.world.time
        let length = invocation.deadline - time.now
        var generator = self.world.draws.generator(.clock, invocation.place)
        if invocation.plan.has(.abandoned) {
            time.after(generator.time(.milliseconds(2) ... .milliseconds(400))) { self.settle(invocation, .unknown) }
        }
        for (fault, sign) in [(DeliveryFault.clockAhead, 1), (.clockBehind, -1)] where invocation.plan.has(fault) {
            let jump = generator.choice([30, 400, 1_200]) * sign
            time.after(generator.time(0 ... .milliseconds(60))) {
                if environment.invocation === invocation { environment.clockError = .seconds(Double(jump)) }
            }
        }
        // Lambda ends an environment whose invocation takes too long.
        time.after(length) {
            guard environment.invocation === invocation else { return }
            // Functions stop at their margin, whatever happens to their requests.
            self.world.counts["time-outs", default: 0] += 1
            self.world.complain("\(invocation.requestID) is not over at its deadline")
            self.settle(invocation, .timedOut)
            environment.kill()
        }
        environment.invoke(invocation)
    }

    /// What came of an invocation, if its caller still waits.
    func finish(_ invocation: Invocation, _ ending: Outcome.Ending) { self.settle(invocation, ending) }

    private func settle(_ invocation: Invocation, _ ending: Outcome.Ending) {
        guard let caller = invocation.caller else { return }
        invocation.caller = nil
        self.world.trace.note(self.world.time.now, "outcome", ending.hash) {
            "\(invocation.requestID): \(ending.words)"
        }
        var outcome = Outcome(requestID: invocation.requestID, ending: ending, log: invocation.log)
        outcome.isUndisturbed =
            invocation.plan.isUndisturbed && invocation.deadly.isEmpty && !invocation.hasMetEnd
        self.world.changeDeliveries.add(
            invocation.plan.source.function,
            invocation.event,
            failures: invocation.hasDoneWhatItSays ? BatchAnswer.failures(outcome) : nil
        )
        caller.resume(returning: outcome)
    }

    func isGone(_ environment: ExecutionEnvironment) {
        self.environments[environment.number] = nil
        self.idle[environment.function]?.removeAll { $0 === environment }
    }

    /// Deploys the next version of a function: environments of the one before end with what they have in hand.
    private func deploy(_ function: FunctionName) {
        self.versions[function, default: 0] += 1
        for environment in self.idle[function] ?? [] { environment.kill() }
        self.idle[function] = []
    }

    /// Ends the environments that are frozen with something unfinished, which nobody will thaw.
    func stopFrozen() {
        for (_, environment) in self.environments.sorted(by: { $0.key < $1.key }) where environment.isFrozenAtWork {
            environment.kill()
        }
    }

    /// Ends all environments, as at the end of a run.
    func stop() {
        for (_, environment) in self.environments.sorted(by: { $0.key < $1.key }) { environment.kill() }
    }
}

extension Outcome.Ending {
    fileprivate var hash: UInt64 {
        switch self {
        case .answered(let body): Trace.hash(of: body)
        case .failed(let text): Trace.hash(of: Array(text.utf8))
        case .killed: 1
        case .timedOut: 2
        case .unknown: 3
        }
    }

    var words: String {
        switch self {
        case .answered(let body): "answered \(String(decoding: body.prefix(200), as: UTF8.self))"
        case .failed(let text): "failed: \(text.prefix(200))"
        case .killed: "killed"
        case .timedOut: "ended by Lambda at its deadline"
        case .unknown: "its caller has given up waiting"
        }
    }
}

extension FunctionName {
    /// The template's `Timeout`, in seconds.
    var timeout: Double {
        switch self {
        case .aggregator, .archiver: 60
        case .writer, .intake: 10
        case .normal, .premium: 30
        }
    }
}
