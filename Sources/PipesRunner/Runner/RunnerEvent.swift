/// What a runner tells while it runs.
///
/// None of it holds a record's content.
package enum RunnerEvent: Sendable, Equatable, CustomStringConvertible {
    case shardStarted(String)
    case shardFinished(String)
    case readFailed(String)
    /// Records left the stream before they were read.
    case recordsLost(shardID: String)
    case batchFailed(records: Int, reason: String)
    case gaveUp(records: Int, condition: UndeliveredBatch.Condition, stored: Bool)
    case deadLetterFailed(String)

    package var description: String {
        switch self {
        case .shardStarted(let shard): "reading \(shard)"
        case .shardFinished(let shard): "\(shard) is at its end"
        case .readFailed(let reason): "cannot read the stream, trying again: \(reason)"
        case .recordsLost(let shard): "records left \(shard) before they were read; going on with the oldest there is"
        case .batchFailed(let records, let reason): "\(records) record(s) failed: \(reason)"
        case .gaveUp(let records, let condition, let stored):
            "gave up on \(records) record(s), \(condition.rawValue)"
                + (stored ? "" : "; there is no dead-letter queue, so they are discarded")
        case .deadLetterFailed(let reason): "cannot write to the dead-letter queue, trying again: \(reason)"
        }
    }
}
