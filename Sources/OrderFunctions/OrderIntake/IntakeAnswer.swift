internal import JSONText
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders

/// What became of a request's orders, for the client and for the log.
struct IntakeAnswer: Sendable {
    private enum Fate: Sendable {
        case accepted(IntakeBatch.Entry, shardID: String, sequenceNumber: String)
        case refused(Problem)

        var status: Int {
            switch self {
            case .accepted: 202
            case .refused(let problem): problem.status
            }
        }

        /// When an order that the stream did not take may be sent again.
        var retryHeader: (name: String, value: String)? {
            guard case .refused(let problem) = self else { return nil }
            return problem.headers.first { $0.name == "retry-after" }
        }
    }

    private let correlationID: String
    private let fates: [Fate]

    /// `outcomes` are those of the batch's records.
    ///
    /// `hasKey`: whether the request can be sent again without a second order of it.
    init(_ batch: IntakeBatch, _ outcomes: [EventStream.Outcome], hasKey: Bool) {
        self.correlationID = batch.correlationID
        var outcomes = outcomes[...]
        self.fates = batch.entries.map { entry in
            switch entry {
            case .failure(let fault): return .refused(Problem(fault))
            case .success(let entry):
                switch outcomes.popFirst() {
                case .stored(let shardID, let sequenceNumber)?:
                    return .accepted(entry, shardID: shardID, sequenceNumber: sequenceNumber)
                case .throttled?: return .refused(.throttled(hasKey: hasKey))
                case .unavailable?, nil: return .refused(.unavailable(hasKey: hasKey))
                }
            }
        }
    }

    /// The answer to `POST /orders`.
    func single(requestID: String) -> HTTPAPIResponse {
        var writer = JSONWriter()
        switch self.fates[0] {
        case .refused(let problem):
            return problem.naming(correlationID: self.correlationID).response(requestID: requestID)
        case .accepted(let entry, let shardID, let sequenceNumber):
            writer.object { writer in
                Self.write(entry, shardID, sequenceNumber, to: &writer)
                writer.member("CorrelationId", self.correlationID)
            }
        }
        return HTTPAPIResponse(status: 202, headers: self.headers, body: writer.bytes)
    }

    /// The answer to `POST /orders/batch`: 202 if all orders are in the stream, the problem that all have, else 207.
    func several(requestID: String) -> HTTPAPIResponse {
        let statuses = Set(self.fates.map(\.status))
        guard statuses.count == 1, case .refused(let first) = self.fates[0] else {
            var writer = JSONWriter(reservingCapacity: 64 + self.fates.count * 256)
            writer.object { self.writeMembers(to: &$0) }
            let status = statuses.count == 1 ? 202 : 207
            let again = self.fates.lazy.compactMap(\.retryHeader).first
            return HTTPAPIResponse(
                status: status,
                headers: self.headers + (again.map { [$0] } ?? []),
                body: writer.bytes
            )
        }
        let count = self.fates.count
        let what = count == 1 ? "the order was not taken" : "none of the \(count) orders was taken"
        var problem = Problem(first.status, "\(what); orders says why")
        problem.headers = first.headers
        return problem.naming(correlationID: self.correlationID).response(requestID: requestID) {
            self.writeMembers(to: &$0)
        }
    }

    private func writeMembers(to writer: inout JSONWriter) {
        writer.member("CorrelationId", self.correlationID)
        writer.key("accepted")
        writer.integer(self.accepted)
        writer.key("refused")
        writer.integer(self.fates.count - self.accepted)
        writer.key("orders")
        var budget = Problem.maximumErrorBytes
        writer.array { writer in
            for fate in self.fates { writer.object { Self.write(fate, to: &$0, budget: &budget) } }
        }
    }

    /// One line, by which the request's orders are found in the other functions' logs.
    ///
    /// Without lines about single orders it has counts only, as that of a batch.
    func log(to logger: Logger, _ orderLog: OrderLog) {
        guard orderLog == .all, self.fates.count == 1,
            case .accepted(let entry, let shardID, let sequenceNumber) = self.fates[0]
        else {
            logger.info(
                "orders taken",
                [
                    "correlation_id": .string(self.correlationID), "accepted": .integer(self.accepted),
                    "refused": .integer(self.fates.count - self.accepted),
                ]
            )
            return
        }
        logger.info(
            "order taken",
            [
                "correlation_id": .string(self.correlationID), "order_id": .string(entry.orderID.text),
                "message_id": .string(entry.messageID.text), "shard_id": .string(shardID),
                "sequence_number": .string(sequenceNumber),
            ]
        )
    }

    private var accepted: Int { self.fates.count { $0.status == 202 } }

    private var headers: [(name: String, value: String)] {
        [("content-type", "application/json"), ("x-correlation-id", self.correlationID)]
    }

    private static func write(_ fate: Fate, to writer: inout JSONWriter, budget: inout Int) {
        switch fate {
        case .accepted(let entry, let shardID, let sequenceNumber):
            writer.key("status")
            writer.integer(202)
            self.write(entry, shardID, sequenceNumber, to: &writer)
        case .refused(let problem): problem.write(to: &writer, budget: &budget)
        }
    }

    private static func write(
        _ entry: IntakeBatch.Entry,
        _ shardID: String,
        _ sequenceNumber: String,
        to writer: inout JSONWriter
    ) {
        writer.member("OrderId", entry.orderID.text)
        writer.member("MessageId", entry.messageID.text)
        writer.member("ShardId", shardID)
        writer.member("SequenceNumber", sequenceNumber)
    }
}
