package import LambdaEvents
internal import Orders
internal import Platform

/// One record of a shard's batch, whether or not the event source delivered all of it.
package struct ShardRecord: Sendable {
    /// The record, or what is known of one that is none.
    package let content: Result<KinesisRecord, RecordError>
    /// Nil for a record that cannot be reported or placed: the whole batch has to come again.
    package let sequenceNumber: SequenceNumber?

    package init(_ content: Result<KinesisRecord, RecordError>) {
        self.content = content
        switch content {
        case .success(let record): self.sequenceNumber = SequenceNumber(record.sequenceNumber)
        case .failure(let error): self.sequenceNumber = error.sequenceNumber.flatMap { SequenceNumber($0) }
        }
    }

    /// `shardId-000000000006:<sequence number>`, if the event says.
    var eventID: String? {
        switch self.content {
        case .success(let record): record.eventID
        case .failure(let error): error.eventID
        }
    }

    /// Whether an event id can be made for the record that fits a marker, told without making one.
    var hasUsualEventID: Bool {
        guard case .success(let record) = self.content else { return false }
        return record.eventIDLength <= Identifier.maximumLength
    }

    /// The part of the event id before the colon.
    var shardID: String? {
        if case .success(let record) = self.content { return record.shardID }
        guard let eventID = self.eventID, let colon = eventID.utf8.lastIndex(of: UInt8(ascii: ":")),
            colon != eventID.startIndex
        else { return nil }
        return String(eventID[..<colon])
    }

    /// The producer's bytes; where there are none, what the event source delivered in the record's place.
    var bytes: [UInt8] {
        switch self.content {
        case .success(let record): (try? record.data()) ?? Array(record.json)
        case .failure(let error): error.json
        }
    }

    /// When the stream received it; nil if the event does not say.
    var arrival: UTCInstant? {
        guard case .success(let record) = self.content else { return nil }
        return record.approximateArrivalTimestamp
    }
}
