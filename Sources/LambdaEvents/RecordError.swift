import JSONText

/// Why one record could not be read, with everything known of it, so that it can be dead-lettered or reported while its
/// neighbours go on.
///
/// Reading it again never helps: the failure is permanent.
package struct RecordError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        /// A member has another type than the event source gives it, or the record is not an object.
        case wrongType
        /// The type is right, the value is not: data that is not base64, an unknown event name.
        case invalidValue
        /// A member is missing without which the record cannot be handled.
        case missingMember
    }

    /// What kind of fault it is.
    package let code: Code
    /// What was expected, and where.
    ///
    /// The reason holds nothing of the record's values.
    package let reason: String
    /// The record's position in the event, from 0.
    package let index: Int
    /// What `batchItemFailures` names the record by; nil if the record does not say.
    package let itemIdentifier: String?
    /// The event source's id of the record (`eventID`, for SQS `messageId`), if it could be read.
    package let eventID: String?
    /// The place in its stream, if the record says.
    package let sequenceNumber: String?
    /// The record as received: its bytes of the event's JSON.
    package let json: [UInt8]

    /// The part of a Kinesis event id before the last colon; nil where there is none.
    package var shardID: String? { self.eventID.flatMap { KinesisEventID.shardID(of: $0) } }

    /// What is wrong with which record, for a log.
    package var description: String { "record \(self.index): \(self.reason)" }

    init(
        _ code: Code,
        _ reason: String,
        index: Int,
        itemIdentifier: String?,
        eventID: String?,
        sequenceNumber: String?,
        json: [UInt8]
    ) {
        self.code = code
        self.reason = reason
        self.index = index
        self.itemIdentifier = itemIdentifier
        self.eventID = eventID
        self.sequenceNumber = sequenceNumber
        self.json = json
    }
}

extension RecordError.Code {
    /// The code of a fault of a value; nil for a fault of the text itself, which concerns the whole event.
    init?(_ code: JSONError.Code) {
        switch code {
        case .wrongType: self = .wrongType
        case .invalidValue: self = .invalidValue
        case .missingMember: self = .missingMember
        case .malformed, .tooLarge: return nil
        }
    }
}
