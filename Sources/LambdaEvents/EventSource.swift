import JSONText

/// The services that Lambda is wired to, by what their records call them.
enum EventSource: String {
    case kinesis = "aws:kinesis"
    case sqs = "aws:sqs"
    case dynamoDB = "aws:dynamodb"
    case sns = "aws:sns"
    case s3 = "aws:s3"

    /// As their users call them.
    var name: String {
        switch self {
        case .kinesis: "Kinesis"
        case .sqs: "SQS"
        case .dynamoDB: "a DynamoDB stream"
        case .sns: "SNS"
        case .s3: "S3"
        }
    }

    /// The name of an event of theirs, after an article.
    var eventName: String {
        switch self {
        case .dynamoDB: "DynamoDB stream"
        case .kinesis, .sqs, .sns, .s3: self.name
        }
    }

    /// Throws where the record says that it comes from elsewhere, whatever the order of its members is.
    ///
    /// For a record that cannot be read. SNS writes the member with a capital.
    func check(_ record: some Collection<UInt8>, index: Int) throws {
        guard
            let source = LenientLookup.string(at: ["eventSource"], in: record)
                ?? LenientLookup.string(at: ["EventSource"], in: record),
            source != self.rawValue
        else { return }
        throw EventError.wrongSource(expected: self, found: source, index: index)
    }
}
