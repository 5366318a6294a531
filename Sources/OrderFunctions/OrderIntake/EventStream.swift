internal import AWSClient
internal import LambdaRuntime
internal import Platform

/// Puts events into the order stream: those of one order in their order, and those that the stream refuses again.
struct EventStream: Sendable {
    /// What became of one event.
    enum Outcome: Sendable, Equatable {
        case stored(shardID: String, sequenceNumber: String)
        /// The stream takes no more for now.
        case throttled
        /// Any other failure; the event may be in the stream all the same.
        case unavailable
    }

    /// Requests for one call: a client that waits longer than their pauses would rather be told to come again.
    private static let maximumRequests = 6

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
        var queue = OrderedRecordQueue(records)
        var outcomes = Array(repeating: Outcome.unavailable, count: records.count)
        var requests = 0
        while case let request = queue.nextRequest(), !request.isEmpty {
            requests += 1
            do {
                let results = try await self.client.putRecords(
                    streamName: self.name,
                    records: request.map { records[$0] },
                    deadline: deadline.instant
                )
                guard let refusal = Self.note(results, of: request, in: &queue, &outcomes) else { continue }
                guard requests < Self.maximumRequests, await deadline.wait(afterFailures: requests) else {
                    logger.warn("events not stored", ["reason": .string(refusal), "requests": .integer(requests)])
                    break
                }
            } catch {
                logger.error("events not stored", ["reason": .string("\(error)"), "requests": .integer(requests)])
                for index in request where error.isThrottling { outcomes[index] = .throttled }
                break
            }
        }
        return outcomes
    }

    /// Notes what became of a request's events; why one was refused, if any was.
    private static func note(
        _ results: [KinesisPutResult],
        of request: [Int],
        in queue: inout OrderedRecordQueue,
        _ outcomes: inout [Outcome]
    ) -> String? {
        var refusal: String?
        for (index, result) in zip(request, results) {
            switch result {
            case .stored(let shardID, let sequenceNumber):
                outcomes[index] = .stored(shardID: shardID, sequenceNumber: sequenceNumber)
                queue.stored(index)
            case .failed(let code, _):
                outcomes[index] = AWSError.Code(rawValue: code).isThrottling ? .throttled : .unavailable
                _ = queue.refused(index)
                refusal = code
            }
        }
        return refusal
    }
}
