internal import AWSClient
internal import LambdaEvents
internal import Orders

/// What a machine asks for, and what it is told.
extension ShardMachine {
    /// What is to be done next; all that `next` gives before `wait` may be done side by side.
    enum Action: Sendable {
        /// Put claims, at most 25.
        case claim([EventClaim], Purpose)
        /// Read claims that are there, at most 100.
        case read([EventMarker], Purpose)
        /// See in which of its rows the owner of a claim was counted.
        case readRowsOfOwner(StreamPlace, [CounterKey], EventMarker)
        /// Give a claim whose owner will never count another owner.
        case takeOver(EventClaim, from: StoredClaim)
        /// Send the dead letter of the record at a place of the batch.
        case send(record: Int, reason: String)
        /// Read how far rows have counted the shard, at most 100.
        case readRows([CounterKey])
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

    /// What a claim is for.
    enum Purpose: Sendable {
        /// To count an event.
        case event
        /// To say that a dead letter is sent.
        case letter
    }

    /// What came of an action.
    enum Outcome: Sendable {
        /// For each claim the error that it was refused with, or nil.
        case claimed([EventClaim], Purpose, [AWSError?])
        case read([EventMarker], Purpose, Result<[AttributeMap], AWSError>)
        /// The names of the rows that the owner was counted in.
        case readRowsOfOwner(EventMarker, Result<Set<RowName>, AWSError>)
        case takenOver(EventClaim, AWSError?)
        /// Why the letter was not sent, if it was not.
        case sent(record: Int, failure: String?)
        case readRows([CounterKey], Result<[AttributeMap], AWSError>)
        /// For each row the error that it was refused with, or nil.
        case updated([RowUpdate], [AWSError?])
        case created([RowUpdate], [AWSError?])
        case advanced(AWSError?)
    }
}

/// What came of a batch.
struct ShardReport: Sendable {
    /// The first record that is not done, and why.
    struct Failure: Sendable {
        let record: Int
        let reason: String
    }

    /// What became of each record.
    let fates: [RecordFate]
    let failure: Failure?
    /// What was added to the counters.
    let sales: CountedSales
    /// Rows that were not known to be there, and have the shard's position now.
    let learntRows: Set<CounterKey>
}

extension ShardReport {
    /// A batch of which nothing is done, and why.
    init(nothingDoneOf batch: ShardBatch, _ reason: String) {
        self.init(
            fates: Array(repeating: .pending, count: batch.records.count),
            failure: Failure(record: 0, reason: reason),
            sales: CountedSales(),
            learntRows: []
        )
    }
}
