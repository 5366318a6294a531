package import JSONText

/// Changes of a table, in the order of its stream, whichever way they were delivered.
package struct DynamoDBEvent: Sendable {
    /// Who delivers, told from the event's outermost form.
    ///
    /// The deliverer decides which id reports a failure.
    package enum Delivery: Sendable, Equatable {
        /// A bare array, as a Pipe sends it: failures are named by `eventID`.
        case pipe
        /// `{"Records":[…]}`, as an event source mapping sends it: failures are named by `dynamodb.SequenceNumber`.
        case eventSourceMapping
        /// One record alone, as a Pipe with an input template or a person sends it: named by `eventID`.
        case single
    }

    /// Who delivered the event.
    package let delivery: Delivery
    /// The records in the event's order.
    ///
    /// An element that is no record stands in its place as a failure.
    package let records: [Result<DynamoDBEventRecord, RecordError>]

    /// Reads the event's bytes, which the records keep and decode only on demand.
    ///
    /// `newImage` is for a caller that needs all new images: it reads each, exactly one object, as it comes by, with the index
    /// of its record, so that the text is passed over once. Where the text repeats a member `newImage` is called again, and
    /// it is called for records that then fail: its last call for a record counts, and only where the record is in the
    /// result and has a `newImage`.
    ///
    /// Throws an `EventError` where the bytes are not a DynamoDB stream event at all.
    package static func read(
        _ event: [UInt8],
        limits: JSONLimits = .standard,
        newImage: (Int, inout JSONReader) throws -> Void = { _, reader in try reader.skip() }
    ) throws(EventError) -> DynamoDBEvent {
        try RecordEnvelope.readText(event, limits: limits, source: EventSource.dynamoDB.eventName) { reader in
            guard try reader.peek() == .object else {
                return try self.readRecords(&reader, event: event, delivery: .pipe, newImage: newImage)
            }
            return try self.readObject(&reader, event: event, newImage: newImage)
        }
    }

    private static func readRecords(
        _ reader: inout JSONReader,
        event: [UInt8],
        delivery: Delivery,
        newImage: (Int, inout JSONReader) throws -> Void
    ) throws -> DynamoDBEvent {
        let records = try RecordEnvelope.readRecords(
            &reader,
            source: .dynamoDB,
            place: delivery == .eventSourceMapping ? ".Records" : "",
            record: { index, reader in
                try DynamoDBEventRecord(&reader, index: index, event: event, delivery: delivery) { reader in
                    try newImage(index, &reader)
                }
            },
            failure: { error, code, index, range in
                RecordError.dynamoDB(error, code, index: index, json: Array(event[range]), delivery: delivery)
            }
        )
        return DynamoDBEvent(delivery: delivery, records: records)
    }

    /// An envelope if it has `Records`, else one record if it has a record's members.
    private static func readObject(
        _ reader: inout JSONReader,
        event: [UInt8],
        newImage: (Int, inout JSONReader) throws -> Void
    ) throws -> DynamoDBEvent {
        let start = reader.position
        var envelope: DynamoDBEvent?
        var isRecord = false
        try reader.readObject { key, reader in
            switch key {
            case "Records":
                envelope = try self.readRecords(
                    &reader,
                    event: event,
                    delivery: .eventSourceMapping,
                    newImage: newImage
                )
            case "dynamodb", "eventName":
                isRecord = true
                try reader.skip()
            default: try reader.skip()
            }
        }
        if let envelope { return envelope }
        guard isRecord else {
            throw reader.error(.missingMember, "there is neither an array \"Records\" nor a record's \"dynamodb\"")
        }
        reader.rewind(to: start)
        let record = try RecordEnvelope.readRecord(
            &reader,
            source: .dynamoDB,
            index: 0,
            place: { "" },
            record: { index, reader in
                try DynamoDBEventRecord(&reader, index: index, event: event, delivery: .single) { reader in
                    try newImage(index, &reader)
                }
            },
            failure: { error, code, index, range in
                RecordError.dynamoDB(error, code, index: index, json: Array(event[range]), delivery: .single)
            }
        )
        return DynamoDBEvent(delivery: .single, records: [record])
    }
}

extension RecordError {
    /// Collects what a broken record still says of itself.
    static func dynamoDB(
        _ error: JSONError,
        _ code: Code,
        index: Int,
        json: [UInt8],
        delivery: DynamoDBEvent.Delivery
    ) -> RecordError {
        let eventID = LenientLookup.string(at: ["eventID"], in: json)
        let sequenceNumber = LenientLookup.string(at: ["dynamodb", "SequenceNumber"], in: json)
        return RecordError(
            code,
            "\(error)",
            index: index,
            itemIdentifier: delivery == .eventSourceMapping ? sequenceNumber : eventID,
            eventID: eventID,
            sequenceNumber: sequenceNumber,
            json: json
        )
    }
}
