internal import AWSClient
internal import LambdaEvents
internal import Orders

/// What a machine asks for, and what it is told.
extension ShardMachine {
    /// What is to be done next; all that `next` gives before `wait` may be done side by side.
    enum Action: Sendable {
        /// Put claims, at most 25, of the records at these places of the batch: of events alone, or of letters.
        case claim([EventClaim], of: [Int])
        /// Read claims that are there, at most 100: of events alone, or of letters.
        case read([EventMarker])
        /// See up to where the rows that a claim's owner adds to have counted the owner's shard.
        case readRowsOfOwner(StreamPlace, [CounterKey], EventMarker)
        /// Give a claim whose owner will never count another owner.
        case takeOver(EventClaim, from: EventClaim)
        /// Send the dead letter of the record at a place of the batch.
        case send(record: Int, reason: String)
        /// Read how far rows have counted the shard, at most 100, by their places among the batch's rows.
        case readRows([CounterKey], of: [Int])
        /// Add to one row, whatever there is of it, or to several, at most 25, that were there with the shard's position.
        case update([RowUpdate])
        /// Put rows that were not there, at most 25.
        case create([RowUpdate])
        /// Note up to where the shard is counted.
        case advance(to: SequenceNumber)
        /// Nothing until something ends.
        case wait
        case finish(ShardReport)
    }

    /// What AWS said to an action.
    struct Answer: Sendable {
        /// What was read.
        var items: [AttributeMap] = []
        /// For each claim or row the error that it was refused with, or nil.
        var refusals: [AWSError?] = []
    }

    /// What came of an action, which may have failed as a whole.
    typealias Outcome = Result<Answer, AWSError>
}

extension ShardMachine.Outcome {
    /// For each of so many claims or rows the error that it was refused with, or nil.
    func refusals(of count: Int) -> [AWSError?] {
        switch self {
        case .success(let answer): answer.refusals
        case .failure(let error): Array(repeating: error, count: count)
        }
    }

    /// Why the action failed as a whole; nil where it did not.
    var error: AWSError? { if case .failure(let error) = self { error } else { nil } }
}

/// What came of a batch.
struct ShardReport: Sendable {
    /// The first record that is not done, and why.
    struct Failure: Sendable {
        let record: Int
        let reason: String
        /// Whether nothing went wrong: the batch is more than an invocation takes.
        let isExpected: Bool
    }

    /// What became of each record.
    let fates: [RecordFate]
    let failure: Failure?
    /// What was added to the counters.
    let sales: CountedSales
    /// Rows that were not known to be there, and have the shard's position now.
    let learntRows: Set<CounterKey>
}
