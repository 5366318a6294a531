package import JSONText

/// A batch of messages of one queue, as an SQS event source mapping delivers it: `{"Records":[…]}`.
package struct SQSEvent: Sendable {
    /// In the event's order.
    ///
    /// A message that is none stands in its place as a failure.
    package let records: [Result<SQSRecord, RecordError>]

    /// Reads the event's bytes, which the records keep and decode only on demand.
    ///
    /// Throws an `EventError` where the bytes are not an SQS event at all.
    package static func read(
        _ event: [UInt8],
        limits: JSONLimits = .standard
    ) throws(EventError) -> SQSEvent {
        SQSEvent(
            records: try RecordEnvelope.read(
                event,
                limits: limits,
                source: .sqs,
                record: { index, reader in try SQSRecord(&reader, index: index, event: event) },
                failure: { error, code, index, range in
                    let json = Array(event[range])
                    let messageID = LenientLookup.string(at: ["messageId"], in: json)
                    return RecordError(
                        code,
                        "\(error)",
                        index: index,
                        itemIdentifier: messageID,
                        eventID: messageID,
                        sequenceNumber: nil,
                        json: json
                    )
                }
            )
        )
    }
}
