internal import Platform

/// What a runner tells while it runs.
///
/// None of it holds a record's content. Where all shards are described, which is of none of them, the shard's id is "".
package enum RunnerEvent: Sendable, Equatable, CustomStringConvertible {
    case shardStarted(String)
    case shardFinished(String)
    case readFailed(FailureReason, shardID: String)
    /// A read or a description succeeded after some that failed.
    case readAgain(shardID: String)
    /// Records left the stream before they were read, or their shard did.
    case recordsLost(shardID: String)
    case batchFailed(records: Int, reason: FailureReason, shardID: String)
    /// A batch was taken after it had failed, or part of it.
    case deliveredAgain(shardID: String)
    case gaveUp(records: Int, condition: UndeliveredBatch.Condition, stored: Bool, shardID: String)
    case deadLetterFailed(FailureReason, shardID: String)

    /// What fails: as long as it goes on, the same failure tells nothing new.
    package enum Subject: Sendable, Hashable, CaseIterable {
        case reading
        case delivery
        case deadLetters
    }

    /// A failure, whichever shard it is of and however many records it is about.
    package struct Failure: Sendable, Hashable {
        /// What fails.
        package let subject: Subject
        /// The same each time that it fails in this way.
        package let kind: String
    }

    /// Equal for two events of which the second tells nothing new; nil for what is told each time.
    package var failure: Failure? {
        switch self {
        case .readFailed(let reason, _): Failure(subject: .reading, kind: reason.kind)
        case .batchFailed(_, let reason, _): Failure(subject: .delivery, kind: reason.kind)
        case .deadLetterFailed(let reason, _): Failure(subject: .deadLetters, kind: reason.kind)
        case .shardStarted, .shardFinished, .readAgain, .recordsLost, .deliveredAgain, .gaveUp: nil
        }
    }

    /// Whose failures are over with this, in its shard.
    ///
    /// Once one is over in every shard that had it, the next one is told, though it be like that one.
    package var ended: Set<Subject> {
        switch self {
        case .readAgain: [.reading]
        case .deliveredAgain: [.delivery]
        // What the shard's next batch is given up for is told again, too, since each loss is.
        case .gaveUp: [.delivery, .deadLetters]
        // A shard that is gone ends without another read that succeeds.
        case .shardFinished: Set(Subject.allCases)
        case .shardStarted, .readFailed, .recordsLost, .batchFailed, .deadLetterFailed: []
        }
    }

    /// The shard that it is of; "" for the description of the shards.
    package var shardID: String {
        switch self {
        case .shardStarted(let shard), .shardFinished(let shard), .recordsLost(let shard): shard
        case .readFailed(_, let shard), .readAgain(let shard): shard
        case .batchFailed(_, _, let shard), .deliveredAgain(let shard): shard
        case .gaveUp(_, _, _, let shard), .deadLetterFailed(_, let shard): shard
        }
    }

    /// The event as a line of the runner's log.
    package var description: String {
        switch self {
        case .shardStarted(let shard): "reading \(shard)"
        case .shardFinished(let shard): "\(shard) is at its end"
        case .readFailed(let reason, _): "cannot read the stream, trying again: \(reason)"
        case .readAgain: "reading the stream again"
        case .recordsLost(let shard): "records left \(shard) before they were read; going on with the oldest there is"
        case .batchFailed(let records, let reason, _): "\(records.counting("record")) failed: \(reason)"
        case .deliveredAgain: "what had failed is delivered"
        case .gaveUp(let records, let condition, let stored, _):
            "gave up on \(records.counting("record")), \(condition.rawValue)"
                + (stored ? "" : "; there is no dead-letter queue, so they are discarded")
        case .deadLetterFailed(let reason, _): "cannot write to the dead-letter queue, trying again: \(reason)"
        }
    }
}

/// What a runner has done so far, in records.
package struct DeliverySummary: Sendable, Equatable, CustomStringConvertible {
    /// Taken from the stream.
    package var read = 0
    /// Of those, the ones no filter let through.
    package var filteredOut = 0
    /// Accepted by the target.
    package var delivered = 0
    /// Sent again, once for each time.
    package var retried = 0
    /// Given up on and noted in the dead-letter queue.
    package var deadLettered = 0
    /// Given up on with no queue to note it in.
    package var discarded = 0

    /// The counts of a runner that has done nothing yet.
    package init() {}

    /// Read and admitted, and at the moment neither delivered nor given up on.
    package var pending: Int {
        self.read - self.filteredOut - self.delivered - self.deadLettered - self.discarded
    }

    /// The counts as the last line of the runner's log.
    package var description: String {
        var text = "read \(self.read), filtered out \(self.filteredOut), delivered \(self.delivered), "
        text += "retried \(self.retried), dead-lettered \(self.deadLettered)"
        if self.discarded > 0 { text += ", discarded for want of a dead-letter queue \(self.discarded)" }
        if self.pending > 0 { text += ", not finished \(self.pending)" }
        return text
    }
}
