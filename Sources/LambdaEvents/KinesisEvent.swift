package import JSONText

/// A batch of one shard's records, as a Kinesis event source mapping delivers it: `{"Records":[…]}`.
package struct KinesisEvent: Sendable {
    /// In the shard's order.
    ///
    /// A record that is none stands in its place as a failure.
    package let records: [Result<KinesisRecord, RecordError>]

    /// Reads the event's bytes, which the records keep and decode only on demand.
    ///
    /// Throws an `EventError` where the bytes are not a Kinesis event at all.
    package static func read(
        _ event: [UInt8],
        limits: JSONLimits = .standard
    ) throws(EventError) -> KinesisEvent {
        KinesisEvent(
            records: try RecordEnvelope.read(
                event,
                limits: limits,
                source: .kinesis,
                record: { index, reader in try KinesisRecord(&reader, index: index, event: event) },
                failure: { error, code, index, range in
                    RecordError.kinesis(error, code, index: index, json: Array(event[range]))
                }
            )
        )
    }
}

extension RecordError {
    /// Collects what a broken record still says of itself.
    static func kinesis(_ error: JSONError, _ code: Code, index: Int, json: [UInt8]) -> RecordError {
        let eventID = LenientLookup.string(at: ["eventID"], in: json)
        var sequenceNumber = LenientLookup.string(at: ["kinesis", "sequenceNumber"], in: json)
        if sequenceNumber == nil, let colon = eventID?.lastIndex(of: ":") {
            sequenceNumber = eventID.map { String($0[$0.index(after: colon)...]) }
        }
        if sequenceNumber?.isEmpty == true { sequenceNumber = nil }
        return RecordError(
            code,
            "\(error)",
            index: index,
            itemIdentifier: sequenceNumber,
            eventID: eventID,
            sequenceNumber: sequenceNumber,
            json: json
        )
    }
}
