internal import AWSOperations
package import EventPatterns
internal import JSONText

/// What a filter sees of a record that is at hand as its target gets it, by the runner's own reading.
package enum FilterInput: Sendable {
    /// `eventName`, `dynamodb` and `userIdentity` of a record of a DynamoDB stream.
    case dynamoDB(JSONValue)
    /// The producer's JSON, as `data`, of a record of a Kinesis stream; of a Pipe's also what Kinesis says of it.
    case kinesis(JSONValue)
    /// A record of a Kinesis stream whose data is no JSON, which passes no filter of it.
    ///
    /// What Kinesis says of the record passes those of a Pipe that ask for nothing else; nil in a mapping's record.
    case kinesisWithoutJSON(JSONValue?)
    /// Any other event, of which a filter sees everything.
    case event(JSONValue)

    /// What a Pipe adds to a record of Kinesis once it has passed: no filter sees it.
    private static let addedAfterFiltering: Set<String> = [
        "awsRegion", "eventID", "eventName", "eventSource", "eventSourceARN", "eventSourceKey", "eventVersion",
        "invokeIdentityArn",
    ]

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
            self = Self.produced(data).map { FilterInput.kinesis(.object($0)) } ?? .kinesisWithoutJSON(nil)
        } else if Self.isOfKinesis(object), case .string(let data)? = object["data"] {
            let told = object.members.filter { $0.name != "data" && !Self.addedAfterFiltering.contains($0.name) }
            self =
                Self.produced(data).map { FilterInput.kinesis(.object(JSONObject(told + $0.members))) }
                ?? .kinesisWithoutJSON(.object(JSONObject(told)))
        } else {
            self = .event(value)
        }
    }

    /// A record as a Pipe's target gets it has at its top what a mapping's has in `kinesis`.
    private static func isOfKinesis(_ object: JSONObject) -> Bool {
        if case .string("aws:kinesis")? = object["eventSource"] { return true }
        return object["kinesisSchemaVersion"] != nil
    }

    /// The producer's JSON as a member `data`; nil where it is none.
    private static func produced(_ base64: String) -> JSONObject? {
        guard let bytes = Base64.decode(base64.utf8), case .object(let input)? = KinesisStreamSource.filterInput(bytes)
        else { return nil }
        return input
    }

    /// Whether a filter of this pattern lets the record through.
    package func passes(_ pattern: EventPattern) -> Bool {
        switch self {
        case .dynamoDB(let value), .kinesis(let value), .event(let value): pattern.matches(value)
        case .kinesisWithoutJSON(let told):
            told.map { !pattern.outermostFields.contains("data") && pattern.matches($0) } ?? false
        }
    }
}
