internal import AWSOperations
package import EventPatterns
internal import JSONText

/// What a filter sees of a record that is at hand as its target gets it, by the runner's own reading.
package enum FilterInput: Sendable {
    /// `eventName`, `dynamodb` and `userIdentity` of a record of a DynamoDB stream.
    case dynamoDB(JSONValue)
    /// The producer's JSON, as `data`, of a record of a Kinesis stream.
    case kinesis(JSONValue)
    /// A record of a Kinesis stream whose data is no JSON, which passes no filter.
    case kinesisWithoutJSON
    /// Any other event, of which a filter sees everything.
    case event(JSONValue)

    /// Tells by its members what the record is; throws `JSONError` for what is no JSON.
    package init(record json: [UInt8]) throws {
        let value = try JSONValue(parsing: json)
        guard case .object(let object) = value else {
            self = .event(value)
            return
        }
        if case .object? = object["dynamodb"] {
            // Filters see the record's text alone, and no part of it that names the stream.
            let source = DynamoDBStreamsRecord(
                eventID: "",
                sequenceNumber: "",
                approximateCreationDateTime: nil,
                json: json
            )
            self = .dynamoDB(try DynamoDBPipeRecord(source, streamARN: "").filterInput)
        } else if case .object(let kinesis)? = object["kinesis"], case .string(let data)? = kinesis["data"] {
            let input = Base64.decode(data.utf8).flatMap { KinesisStreamSource.filterInput($0) }
            self = input.map { FilterInput.kinesis($0) } ?? .kinesisWithoutJSON
        } else {
            self = .event(value)
        }
    }

    /// Whether a filter of this pattern lets the record through.
    package func passes(_ pattern: EventPattern) -> Bool {
        switch self {
        case .dynamoDB(let value), .kinesis(let value), .event(let value): pattern.matches(value)
        case .kinesisWithoutJSON: false
        }
    }
}
