/// What goes wrong with one request on its way.
///
/// To add a fault: add a case here with its words, its weight below, which requests can meet it to `isPossible`, and what
/// it does to `Exchange.carry`, both in `EnvironmentTransport.swift`.
package enum RequestFault: String, CaseIterable, Sendable {
    case unreachable = "no connection"
    case lostBefore = "connection lost, not applied"
    case lostAfter = "connection lost, applied"
    case failedBefore = "500, not applied"
    case failedAfter = "500, applied"
    case throttled = "throttled"
    case conflict = "transaction conflict"
    case truncated = "answer truncated, applied"
    case slow = "answered late"
    case duplicated = "arrives twice"
    case held = "arrives after its sender gave it up"
    case heldAndKilled = "arrives after its sender was killed"
    case heldByFreeze = "arrives when its sender, which gave it up, is thawed"
    case killedBefore = "killed before sending"
    case killedAfter = "killed after it was applied"
    case killedAnswered = "killed after the answer"
    case oldRead = "shows what was there before"

    /// How often each comes, where any may come.
    ///
    /// A throttled request waits longest, so that it is rarer.
    static let weights: [(RequestFault, Int)] = [
        (.unreachable, 2), (.lostBefore, 3), (.lostAfter, 5), (.failedBefore, 3), (.failedAfter, 3), (.throttled, 3),
        (.conflict, 5), (.truncated, 4), (.slow, 4), (.duplicated, 4), (.held, 3), (.heldAndKilled, 3),
        (.heldByFreeze, 2),
        (.killedBefore, 2), (.killedAfter, 3), (.killedAnswered, 2),
    ]
    /// A service is gone for all of an invocation.
    static let outages: [RequestFault] = [.unreachable, .lostBefore, .failedBefore, .throttled, .conflict]
    /// The service has done it, and the function does not know.
    static let ambiguous: [RequestFault] = [.lostAfter, .failedAfter, .truncated, .slow, .duplicated]
    /// Late requests find the most mistakes, and only where much comes together.
    static let deadly: [RequestFault] = [
        .killedBefore, .killedAfter, .killedAnswered, .held, .heldByFreeze, .heldAndKilled, .heldAndKilled,
        .heldAndKilled, .heldAndKilled,
    ]
}

/// What goes wrong with a whole delivery, or is unusual about it.
package enum DeliveryFault: String, CaseIterable, Sendable {
    case shortTime = "0.45 s until the deadline"
    case mediumTime = "1.2 s until the deadline"
    case killedReporting = "killed before its report"
    case reportReset = "the report's connection is reset"
    case reportLost = "the report's connection is lost"
    case abandoned = "given up by its caller, goes on"
    case clockAhead = "the clock jumps ahead"
    case clockBehind = "the clock is set back"
    case credentialsEnd = "the credentials end"
    case coldStart = "a new environment"
    case frozen = "its environment was frozen for long"
    case rewound = "delivered again although it was done"
    case cutAnew = "cut into other batches"
    case deadlyRecord = "holds a record that the function dies of"
    case trimmed = "records leave the stream before they are delivered"
    case redriven = "dead letters are delivered again"
    case notDeleted = "its dead letter is not deleted, and comes again"
    case redeployed = "the next version of the function, other parameters"
    case streamFails = "a request to the table's stream or the Pipe's queue fails"
    case iteratorExpired = "the iterator of the table's stream expires"
    case shardEnds = "a shard of the table's stream ends, its children go on"
    case changesLeave = "changes leave the table's stream"
    case invocationThrottled = "Lambda has no room for the Pipe's invocation"
    case runnerRestarted = "the Pipe's runner is ended and started again"
    case heldForLong = "its shard is held until its records leave the stream, some of them counted in part"
}

/// A fault at its place: what a script of a run is made of.
package struct FaultStep: Hashable, Sendable, Comparable {
    package enum Fault: Hashable, Sendable {
        /// The number is the request's place in its delivery, from 0.
        case request(Int, RequestFault)
        case delivery(DeliveryFault)
    }

    package let source: Source
    /// Which of the source's deliveries, from 0.
    package let delivery: Int
    package let fault: Fault

    /// What happened, without where.
    package var faultText: String {
        switch self.fault {
        case .request(_, let fault): fault.rawValue
        case .delivery(let fault): fault.rawValue
        }
    }

    /// `AnalyticsAggregator shard 0, delivery 3, request 1: connection lost, applied`.
    package var text: String {
        switch self.fault {
        case .request(let number, let fault):
            "\(self.source), delivery \(self.delivery), request \(number): \(fault.rawValue)"
        case .delivery(let fault): "\(self.source), delivery \(self.delivery): \(fault.rawValue)"
        }
    }

    package init(_ source: Source, _ delivery: Int, _ fault: Fault) {
        self.source = source
        self.delivery = delivery
        self.fault = fault
    }

    /// Reads what `text` wrote; nil for anything else.
    package init?(text: String) {
        let halves = text.split(separator: ": ", maxSplits: 1).map(String.init)
        guard halves.count == 2 else { return nil }
        let parts = halves[0].split(separator: ", ").map(String.init)
        guard parts.count >= 2, let source = Source(text: parts[0]), parts[1].hasPrefix("delivery "),
            let delivery = Int(parts[1].dropFirst("delivery ".count))
        else { return nil }
        self.source = source
        self.delivery = delivery
        if parts.count == 3 {
            guard parts[2].hasPrefix("request "), let number = Int(parts[2].dropFirst("request ".count)),
                let fault = RequestFault(rawValue: halves[1])
            else { return nil }
            self.fault = .request(number, fault)
        } else {
            guard let fault = DeliveryFault(rawValue: halves[1]) else { return nil }
            self.fault = .delivery(fault)
        }
    }

    package static func < (left: FaultStep, right: FaultStep) -> Bool { left.text < right.text }
}

/// Where deliveries to a function come from: a shard of a stream, a poller of a queue, a person.
package struct Source: Hashable, Sendable, CustomStringConvertible {
    package let function: FunctionName
    /// One of `kinds`.
    package let kind: String
    package let number: Int

    /// What deliveries come from; of a Pipe's runner, `runner` is what it invokes, and `stream` what it reads.
    private static let kinds: Set = ["shard", "poller", "redrive", "replay", "client", "runner", "stream"]

    package init(_ function: FunctionName, _ kind: String, _ number: Int) {
        self.function = function
        self.kind = kind
        self.number = number
    }

    init?(text: String) {
        let words = text.split(separator: " ").map(String.init)
        guard words.count == 3, let function = FunctionName(rawValue: words[0]), Self.kinds.contains(words[1]),
            let number = Int(words[2])
        else { return nil }
        self.init(function, words[1], number)
    }

    package var description: String { "\(self.function.rawValue) \(self.kind) \(self.number)" }

    /// A number of the source, for `Draws`.
    var place: Int {
        let kind =
            switch self.kind {
            case "shard": 0
            case "poller": 300
            case "redrive": 600
            case "replay": 800
            case "runner": 850
            case "stream": 870
            default: 900
            }
        return self.function.place * 1_000 + self.number + kind
    }
}

/// The functions of the pipeline.
package enum FunctionName: String, CaseIterable, Sendable {
    /// The functions that a seed draws: all, but `OrderIntake` in a third of the seeds only.
    package static func drawn(_ seed: UInt64) -> Set<FunctionName> {
        var generator = Draws(seed: seed).generator(.functions)
        return Set(Self.allCases).subtracting(generator.chance(1.0 / 3) ? [] : [.intake])
    }

    case aggregator = "AnalyticsAggregator"
    case archiver = "OrderArchiver"
    case writer = "OrderWriter"
    case normal = "NormalOrdersProcessor"
    case premium = "PremiumOrdersProcessor"
    case intake = "OrderIntake"

    var place: Int {
        switch self {
        case .aggregator: 0
        case .archiver: 1
        case .writer: 2
        case .normal: 3
        case .premium: 4
        case .intake: 5
        }
    }

    /// The requests that decide what counts once and what is changed: three of five aimed faults meet one of them.
    var decisive: [String] {
        switch self {
        case .aggregator:
            [
                "BatchExecuteStatement claims", "BatchExecuteStatement INSERT", "BatchExecuteStatement UPDATE",
                "UpdateItem Analytics", "PutItem Checkpoints", "SendMessage",
            ]
        case .archiver: ["PUT", "PUT", "PutItem Checkpoints", "BatchExecuteStatement INSERT", "UpdateItem Orders"]
        case .writer: ["PutItem Orders", "BatchExecuteStatement INSERT", "UpdateItem Orders"]
        case .normal: ["SendMessage"]
        case .premium: ["PublishBatch", "PublishBatch", "SendMessage"]
        case .intake: ["PutRecords"]
        }
    }
}
