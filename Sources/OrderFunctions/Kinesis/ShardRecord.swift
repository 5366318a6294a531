package import LambdaEvents
internal import Orders
package import Platform

/// One record of a shard's batch: a record of the stream, or one of those that a producer library put into it.
package struct ShardRecord: Sendable {
    /// What the event source delivered.
    package enum Content: Sendable {
        /// A record of the stream.
        case record(KinesisEventRecord)
        /// A part of a record of the stream.
        case part(KinesisAggregate.UserRecord, of: KinesisEventRecord)
        /// An aggregate that cannot be taken apart.
        case damaged(KinesisEventRecord, KinesisAggregate.Damage)
        /// A record that the process dies of, which is not decoded.
        case deadly(KinesisEventRecord)
        /// An element of the event that cannot be read as a record.
        case broken(RecordError)
    }

    /// What was delivered.
    package let content: Content
    /// The sequence number of the record of the stream, which all its parts share: failures are reported and checkpoints are
    /// kept by it.
    ///
    /// Nil for a record that can neither be reported nor placed, so that the whole batch has to come again.
    package let sequenceNumber: SequenceNumber?

    /// When the stream received it; nil if the event does not say.
    ///
    /// Read once, since it is asked for several times, and for each the event's text would be read again.
    package let arrival: UTCInstant?

    private init(_ content: Content, _ sequenceNumber: SequenceNumber?) {
        self.content = content
        self.sequenceNumber = sequenceNumber
        self.arrival = content.delivered?.approximateArrivalTimestamp
    }

    /// Appends a record of the event; an aggregate is appended as its parts, one of the `condemned` event ids as it is.
    static func append(
        _ delivered: Result<KinesisEventRecord, RecordError>,
        condemned: Set<String>,
        to records: inout [ShardRecord]
    ) {
        switch delivered {
        case .failure(let error):
            records.append(ShardRecord(.broken(error), error.sequenceNumber.flatMap { SequenceNumber($0) }))
        case .success(let record):
            let number = SequenceNumber(record.sequenceNumber)
            if !condemned.isEmpty, condemned.contains(record.eventID) {
                return records.append(ShardRecord(.deadly(record), number))
            }
            guard record.mayBeAggregate, let data = try? record.data(), KinesisAggregate.isAggregate(data) else {
                return records.append(ShardRecord(.record(record), number))
            }
            do {
                for part in try KinesisAggregate(data).records {
                    records.append(ShardRecord(.part(part, of: record), number))
                }
            } catch {
                records.append(ShardRecord(.damaged(record, error), number))
            }
        }
    }

    /// The record of the stream; nil where none could be read.
    var delivered: KinesisEventRecord? { self.content.delivered }

    /// The place in an aggregate, from 0; nil for a record that is no part of one.
    package var subSequenceNumber: Int? {
        if case .part(let part, _) = self.content { part.subSequenceNumber } else { nil }
    }

    /// Whether nothing is to be read in the record's bytes.
    var isDeadly: Bool { if case .deadly = self.content { true } else { false } }

    /// The record's place for people: `<sequence number>`, of a part `<sequence number>:<sub-sequence number>`.
    var place: String {
        let number = self.sequenceNumber?.text ?? ""
        return self.subSequenceNumber.map { "\(number):\($0)" } ?? number
    }

    /// `shardId-000000000006:<sequence number>`, of a part with `:<sub-sequence number>` behind it; nil if the event does not
    /// say.
    var eventID: String? {
        switch self.content {
        case .record(let record), .damaged(let record, _), .deadly(let record): record.eventID
        case .part(let part, let record): "\(record.eventID):\(part.subSequenceNumber)"
        case .broken(let error): error.eventID
        }
    }

    /// Whether an event id can be made for the record that fits a marker, told without making one.
    var hasUsualEventID: Bool {
        guard let delivered else { return false }
        // A colon and the digits of the greatest place are at most 20 bytes.
        return delivered.eventIDLength + (self.subSequenceNumber == nil ? 0 : 20) <= Identifier.maximumLength
    }

    /// What the producer chose the shard by; nil if the event does not say.
    var partitionKey: String? {
        if case .part(let part, _) = self.content { part.partitionKey } else { self.delivered?.partitionKey }
    }

    /// The producer's bytes, or where there are none, what the event source delivered in the record's place.
    var bytes: [UInt8] {
        var buffer: [UInt8] = []
        self.readBytes(into: &buffer)
        return buffer
    }

    /// Replaces the buffer's content by `bytes`; false where these are not a producer's.
    @discardableResult
    func readBytes(into buffer: inout [UInt8]) -> Bool {
        switch self.content {
        case .record(let record), .damaged(let record, _), .deadly(let record):
            do {
                try record.decodeData(into: &buffer)
                return true
            } catch {
                buffer.replaceSubrange(buffer.startIndex..., with: record.json)
                return false
            }
        case .part(let part, _):
            buffer.replaceSubrange(buffer.startIndex..., with: part.data)
            return true
        case .broken(let error):
            buffer.replaceSubrange(buffer.startIndex..., with: error.json)
            return false
        }
    }
}

extension ShardRecord.Content {
    /// The record of the stream; nil where none could be read.
    fileprivate var delivered: KinesisEventRecord? {
        switch self {
        case .record(let record), .part(_, let record), .damaged(let record, _), .deadly(let record): record
        case .broken: nil
        }
    }
}
