import JSONText
package import Platform

/// One change of a table's item.
///
/// The record keeps the event's bytes, and decodes each field when it is asked for.
package struct DynamoDBEventRecord: Sendable, CustomStringConvertible {
    /// What happened to the item.
    package enum EventName: String, Sendable {
        case insert = "INSERT"
        case modify = "MODIFY"
        case remove = "REMOVE"
    }

    /// The record's position in the event, from 0.
    package let index: Int
    /// What happened to the item.
    package let eventName: EventName
    /// Who delivered the record.
    package let delivery: DynamoDBEvent.Delivery
    private let event: [UInt8]
    private let span: TextSpan
    private let eventIDSpan: TextSpan?
    private let sequenceNumberSpan: TextSpan?
    private let keysSpan: TextSpan?
    private let newImageSpan: TextSpan?
    private let oldImageSpan: TextSpan?
    private let creationSpan: TextSpan?
    private let eventSourceARNSpan: TextSpan?

    /// The change's id, the same at every delivery; nil if the event does not say.
    package var eventID: String? { self.string(self.eventIDSpan) }

    /// The place in the stream's shard; nil if the event does not say.
    package var sequenceNumber: String? { self.string(self.sequenceNumberSpan) }

    /// What `batchItemFailures` names the record by; nil if the event does not say.
    package var itemIdentifier: String? {
        switch self.delivery {
        case .pipe, .single: self.eventID
        case .eventSourceMapping: self.sequenceNumber
        }
    }

    /// The item's key, in DynamoDB's attribute spelling: `{"orderId":{"S":"ORD-1001"}}`.
    package var keys: ArraySlice<UInt8>? { self.slice(self.keysSpan) }

    /// The item after the change, in DynamoDB's attribute spelling.
    package var newImage: ArraySlice<UInt8>? { self.slice(self.newImageSpan) }

    /// The item before the change, in DynamoDB's attribute spelling.
    package var oldImage: ArraySlice<UInt8>? { self.slice(self.oldImageSpan) }

    /// When the change was made, to the second; nil if the event does not say in seconds since 1970.
    package var approximateCreationDateTime: UTCInstant? {
        self.slice(self.creationSpan).flatMap { UTCInstant(secondsSince1970: $0) }
    }

    /// The table's stream.
    package var eventSourceARN: String? { self.string(self.eventSourceARNSpan) }

    /// The record's name in a log: without it, printing a record would print the event.
    package var description: String { "stream record \(self.index) (\(self.eventID ?? "no event id"))" }

    /// The whole record as received: its bytes of the event's JSON.
    package var json: ArraySlice<UInt8> { self.event[self.span.range] }

    /// A permanent failure of this record, with everything known of it.
    ///
    /// `reason` must not repeat the item.
    package func error(_ code: RecordError.Code, _ reason: String) -> RecordError {
        RecordError(
            code,
            reason,
            index: self.index,
            itemIdentifier: self.itemIdentifier,
            eventID: self.eventID,
            sequenceNumber: self.sequenceNumber,
            json: Array(self.json)
        )
    }

    private func string(_ span: TextSpan?) -> String? {
        span.flatMap { $0.count == 0 ? nil : $0.string(in: self.event) }
    }

    private func slice(_ span: TextSpan?) -> ArraySlice<UInt8>? {
        span.map { self.event[$0.range] }
    }
}

extension DynamoDBEventRecord {
    /// The members of `dynamodb`.
    private struct Change {
        var sequenceNumber: TextSpan?
        var keys: TextSpan?
        var newImage: TextSpan?
        var oldImage: TextSpan?
        var creation: TextSpan?

        init(_ reader: inout JSONReader, newImage: (inout JSONReader) throws -> Void) throws {
            try reader.readObject { key, reader in
                switch key {
                case "NewImage": self.newImage = try reader.readOptionalObjectSpan(newImage)
                case "OldImage": self.oldImage = try reader.readOptionalObjectSpan()
                case "Keys": self.keys = try reader.readOptionalObjectSpan()
                case "SequenceNumber": self.sequenceNumber = try reader.readOptionalSpan()
                case "ApproximateCreationDateTime": self.creation = TextSpan(try reader.skip())
                default: try reader.skip()
                }
            }
        }
    }

    init(
        _ reader: inout JSONReader,
        index: Int,
        event: [UInt8],
        delivery: DynamoDBEvent.Delivery,
        newImage: (inout JSONReader) throws -> Void
    ) throws {
        var eventName: EventName?
        var change: Change?
        var eventID: TextSpan?
        var eventSourceARN: TextSpan?
        _ = try reader.peek()
        let start = reader.offset
        try reader.readObject { key, reader in
            switch key {
            case "dynamodb": change = try Change(&reader, newImage: newImage)
            case "eventName": eventName = try Self.readEventName(&reader)
            case "eventID": eventID = try reader.readOptionalSpan()
            case "eventSourceARN": eventSourceARN = try reader.readOptionalSpan()
            case "eventSource":
                let source = try reader.readStringToken()
                guard source == "aws:dynamodb" else {
                    throw EventError.wrongSource(expected: .dynamoDB, found: source.string, index: index)
                }
            default: try reader.skip()
            }
        }
        guard let eventName else { throw reader.error(.missingMember, "\"eventName\" is missing") }
        guard let change else { throw reader.error(.missingMember, "\"dynamodb\" is missing") }
        self.index = index
        self.eventName = eventName
        self.delivery = delivery
        self.event = event
        self.span = TextSpan(start..<reader.offset)
        self.eventIDSpan = eventID
        self.sequenceNumberSpan = change.sequenceNumber
        self.keysSpan = change.keys
        self.newImageSpan = change.newImage
        self.oldImageSpan = change.oldImage
        self.creationSpan = change.creation
        self.eventSourceARNSpan = eventSourceARN
    }

    private static func readEventName(_ reader: inout JSONReader) throws -> EventName {
        let start = reader.position
        switch try reader.readStringToken() {
        case "INSERT": return .insert
        case "MODIFY": return .modify
        case "REMOVE": return .remove
        default:
            reader.rewind(to: start)
            throw reader.error(.invalidValue, "eventName is none of INSERT, MODIFY, REMOVE")
        }
    }
}
