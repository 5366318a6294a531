internal import AWSClient
internal import LambdaRuntime
internal import Platform

/// Puts events into the order stream: those of one order in their order, and those that the stream refuses again.
struct EventStream: Sendable {
    /// What became of one event.
    enum Outcome: Sendable, Equatable {
        case stored(shardID: String, sequenceNumber: String)
        /// The stream takes no more for now, and has not taken the event.
        case throttled
        /// Any other failure; the event may be in the stream all the same.
        case unavailable
    }

    /// Requests with one event: a client that waits longer than the pauses between them would rather be told to come
    /// again.
    private static let maximumTries = 6

    let name: String
    let client: any KinesisWriting

    /// Puts the events, and says what became of each.
    ///
    /// Behind one that is not stored none of the same partition key is sent.
    func put(
        _ records: [KinesisPutRecord],
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> [Outcome] {
        var transfer = Transfer(records)
        var requests = 0
        while !deadline.hasPassed, case let request = transfer.nextRequest(), !request.isEmpty {
            requests += 1
            do {
                let results = try await self.client.putRecords(
                    streamName: self.name,
                    records: request.map { records[$0] },
                    deadline: deadline.instant
                )
                guard let failures = transfer.note(results, of: request, maximumTries: Self.maximumTries) else {
                    continue
                }
                guard await deadline.wait(afterFailures: failures) else { break }
            } catch {
                transfer.fail(request, error)
                break
            }
        }
        transfer.log(to: logger, requests: requests)
        return transfer.outcomes
    }

    /// What of one call's events is in the stream, and what is still to be sent.
    private struct Transfer {
        private let records: [KinesisPutRecord]
        private var queue: OrderedRecordQueue
        /// Nil for what was never sent.
        private var fates: [Outcome?]
        /// Whether an attempt may have stored the event although nothing says so.
        private var mayBeStored: [Bool]
        /// The last failure, in words.
        private var reason: String?

        init(_ records: [KinesisPutRecord]) {
            self.records = records
            self.queue = OrderedRecordQueue(records)
            self.fates = Array(repeating: nil, count: records.count)
            self.mayBeStored = Array(repeating: false, count: records.count)
        }

        mutating func nextRequest() -> [Int] { self.queue.nextRequest() }

        /// Notes what became of a request's events, and gives how often the most refused one was that is sent again; nil
        /// where none is.
        mutating func note(_ results: [KinesisPutResult], of request: [Int], maximumTries: Int) -> Int? {
            var mostFailures: Int?
            for (index, result) in zip(request, results) {
                switch result {
                case .stored(let shardID, let sequenceNumber):
                    self.fates[index] = .stored(shardID: shardID, sequenceNumber: sequenceNumber)
                    self.queue.stored(index)
                case .failed(let code, _, let mayBeStored):
                    let isThrottling = AWSError.Code(rawValue: code).isThrottling
                    // Of an internal failure nobody says that it came before the record was stored.
                    self.fail(index, isThrottling: isThrottling, mayBeStored: mayBeStored || !isThrottling)
                    self.reason = code
                    let failures = self.queue.refused(index, maximum: maximumTries)
                    if failures < maximumTries { mostFailures = max(mostFailures ?? 0, failures) }
                }
            }
            return mostFailures
        }

        /// Notes a request that failed as a whole.
        mutating func fail(_ request: [Int], _ error: AWSError) {
            for index in request {
                self.fail(index, isThrottling: error.isThrottling, mayBeStored: error.mayHaveBeenApplied)
            }
            self.reason = "\(error)"
        }

        /// Throttling says that the event is not in the stream only where no attempt before may have brought it there.
        private mutating func fail(_ index: Int, isThrottling: Bool, mayBeStored: Bool) {
            self.mayBeStored[index] = self.mayBeStored[index] || mayBeStored
            self.fates[index] = isThrottling && !self.mayBeStored[index] ? .throttled : .unavailable
        }

        /// What was never sent fared as the event of its key that it stood behind, else as the last one that failed;
        /// where nothing failed the time was up, and it is to come again.
        var outcomes: [Outcome] {
            var failures: [String: Outcome] = [:]
            var last = Outcome.throttled
            for (record, fate) in zip(self.records, self.fates) {
                guard let fate, fate.isFailure else { continue }
                failures[record.partitionKey] = fate
                last = fate
            }
            return zip(self.records, self.fates).map { record, fate in fate ?? failures[record.partitionKey] ?? last }
        }

        /// One line if any event is not stored: a warning where the stream is only full.
        func log(to logger: Logger, requests: Int) {
            let outcomes = self.outcomes
            let failed = outcomes.count(where: \.isFailure)
            guard failed > 0 else { return }
            let fields: KeyValuePairs<String, LogValue> = [
                "reason": .string(self.reason ?? "no time left"), "events": .integer(failed),
                "requests": .integer(requests),
            ]
            if outcomes.contains(.unavailable) {
                logger.error("events not stored", fields)
            } else {
                logger.warn("events not stored", fields)
            }
        }
    }
}

extension EventStream.Outcome {
    fileprivate var isFailure: Bool {
        if case .stored = self { false } else { true }
    }
}
