package import Platform

/// Brings one batch to its end: delivered, or given up on, record by record.
///
/// It performs no I/O. The shell asks for the next action, carries it out, and tells what came of an invocation.
package struct Delivery: Sendable {
    /// What the shell has to do next.
    package enum Action: Sendable, Equatable {
        case invoke([PolledRecord])
        case wait(Duration)
        case giveUp(UndeliveredBatch)
        case finish
    }

    /// Part of the batch that is sent as one.
    private struct Piece {
        var records: [PolledRecord]
        /// Failures that count against the retries.
        var failures = 0
        var invocations = 0
        var isFunctionError = false
    }

    private let policy: DeliveryPolicy
    /// The next piece is the last, so that taking it costs nothing.
    private var pieces: [Piece]
    private var pause: Duration?
    /// Failures in a row, counted or not: the backoff grows with them.
    private var failuresInRow = 0

    /// The delivery of one batch, nothing of which has been sent.
    package init(_ records: [PolledRecord], policy: DeliveryPolicy) {
        self.policy = policy
        self.pieces = records.isEmpty ? [] : [Piece(records: records)]
    }

    /// Whether the next invocation repeats records that were sent before.
    package var isRetry: Bool { (self.pieces.last?.invocations ?? 0) > 0 }

    /// Whether the last invocation failed or was refused.
    package var hasFailed: Bool { self.failuresInRow > 0 }

    /// What to do now.
    package mutating func next(at now: UTCInstant) -> Action {
        guard var piece = self.pieces.popLast() else { return .finish }
        if let maximum = self.policy.maximumRetries, piece.failures > maximum {
            self.pause = nil
            return .giveUp(Self.undelivered(.retryAttemptsExhausted, piece.records, piece))
        }
        if let pause = self.pause {
            self.pause = nil
            self.pieces.append(piece)
            return .wait(pause)
        }
        let expired = piece.records.filter { self.isTooOld($0, at: now) }
        if !expired.isEmpty {
            piece.records.removeAll { self.isTooOld($0, at: now) }
            if !piece.records.isEmpty { self.pieces.append(piece) }
            return .giveUp(Self.undelivered(.recordAgeExceeded, expired, piece))
        }
        self.pieces.append(piece)
        return .invoke(piece.records)
    }

    /// The function answered the last `invoke`.
    ///
    /// Gives how many records are delivered by that.
    package mutating func answered(_ answer: BatchAnswer) -> Int {
        guard var piece = self.pieces.popLast() else { return 0 }
        piece.invocations += 1
        piece.isFunctionError = false
        switch answer {
        case .success:
            self.failuresInRow = 0
            return piece.records.count
        case .failure:
            self.fail(piece)
            return 0
        case .partialFailure(let failed):
            return self.failPartially(piece, failed)
        }
    }

    /// The target failed: the function threw, crashed or took too long, or it cannot be called as it is configured.
    package mutating func failed() {
        guard var piece = self.pieces.popLast() else { return }
        piece.invocations += 1
        piece.isFunctionError = true
        self.fail(piece)
    }

    /// The target could not be asked: throttled, not reachable, an internal error.
    ///
    /// That costs no attempt.
    package mutating func refused() {
        self.failuresInRow += 1
        self.pause = self.policy.wait(afterFailures: self.failuresInRow)
    }

    private mutating func failPartially(_ piece: Piece, _ failed: Set<String>) -> Int {
        let count = piece.records.count
        var rest = piece
        switch self.policy.partialFailure {
        case .retryFailed:
            // With bisecting the answer only says that the batch failed: its halves come whole.
            if self.policy.bisects && count > 1 {
                self.fail(piece)
                return 0
            }
            rest.records = piece.records.filter { failed.contains($0.identifier) }
        case .resumeAtLowest:
            let lowest = piece.records.firstIndex { failed.contains($0.identifier) } ?? 0
            rest.records = Array(piece.records[lowest...])
            if self.policy.bisects && lowest > 0 {
                self.retry(rest)
                return lowest
            }
        }
        self.fail(rest)
        return count - rest.records.count
    }

    private mutating func fail(_ piece: Piece) {
        guard !self.policy.bisects || piece.records.count == 1 else {
            let middle = (piece.records.count + 1) / 2
            var second = piece
            second.records = Array(piece.records[middle...])
            self.pieces.append(second)
            var first = piece
            first.records = Array(piece.records[..<middle])
            self.retry(first)
            return
        }
        var piece = piece
        piece.failures += 1
        self.retry(piece)
    }

    private mutating func retry(_ piece: Piece) {
        self.pieces.append(piece)
        self.failuresInRow += 1
        self.pause = self.policy.wait(afterFailures: self.failuresInRow)
    }

    private func isTooOld(_ record: PolledRecord, at now: UTCInstant) -> Bool {
        guard let maximum = self.policy.maximumAge, let arrival = record.arrival else { return false }
        return now - arrival > maximum
    }

    private static func undelivered(
        _ condition: UndeliveredBatch.Condition,
        _ records: [PolledRecord],
        _ piece: Piece
    ) -> UndeliveredBatch {
        UndeliveredBatch(
            condition: condition,
            records: records,
            invocations: piece.invocations,
            isFunctionError: piece.isFunctionError
        )
    }
}

/// Records the runner gives up on.
package struct UndeliveredBatch: Sendable, Equatable {
    /// Why, in the words of the message AWS sends.
    package enum Condition: String, Sendable {
        case retryAttemptsExhausted = "RetryAttemptsExhausted"
        case recordAgeExceeded = "RecordAgeExceeded"
    }

    /// Why the runner gave up.
    package let condition: Condition
    /// In the stream's order; never empty.
    package let records: [PolledRecord]
    /// How often they were sent, at least some of them.
    package let invocations: Int
    /// Whether the last invocation ended in a function error, rather than in an answer that names failures.
    package let isFunctionError: Bool

    /// Records that are not sent again.
    package init(condition: Condition, records: [PolledRecord], invocations: Int, isFunctionError: Bool = false) {
        self.condition = condition
        self.records = records
        self.invocations = invocations
        self.isFunctionError = isFunctionError
    }
}
