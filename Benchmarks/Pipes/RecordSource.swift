import AWSClient
import AWSOperations
import PipesRunner

/// Numbered records of a DynamoDB stream, made of a few samples.
struct RecordSource: Sendable {
    static let streamARN = "arn:aws:dynamodb:eu-west-1:123456789012:table/orders/stream/2025-01-01T00:00:00.000"

    /// The JSON of each sample.
    let templates: [[UInt8]]

    func record(_ number: Int) -> DynamoDBStreamsRecord {
        DynamoDBStreamsRecord(
            eventID: "e\(number)",
            sequenceNumber: "\(number)",
            approximateCreationDateTime: "1746273610",
            json: self.templates[number % self.templates.count]
        )
    }

    /// As the Pipe's source decodes it.
    func decoded(_ number: Int) throws -> DynamoDBPipeRecord {
        try DynamoDBPipeRecord(self.record(number), streamARN: Self.streamARN)
    }
}
