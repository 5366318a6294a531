/// The services that are called, with the names each part of AWS knows them by.
package enum AWSService: String, Sendable, CaseIterable {
    case cloudFormation
    case dynamoDB
    case dynamoDBStreams
    case kinesis
    case lambda
    case s3
    case sns
    case sqs

    /// As in `AWS_ENDPOINT_URL_<SERVICE>`.
    package var environmentName: String {
        switch self {
        case .cloudFormation: "CLOUDFORMATION"
        case .dynamoDB: "DYNAMODB"
        case .dynamoDBStreams: "DYNAMODB_STREAMS"
        case .kinesis: "KINESIS"
        case .lambda: "LAMBDA"
        case .s3: "S3"
        case .sns: "SNS"
        case .sqs: "SQS"
        }
    }

    /// The first labels of its host name.
    package var hostPrefix: String {
        switch self {
        case .cloudFormation: "cloudformation"
        case .dynamoDB: "dynamodb"
        case .dynamoDBStreams: "streams.dynamodb"
        case .kinesis: "kinesis"
        case .lambda: "lambda"
        case .s3: "s3"
        case .sns: "sns"
        case .sqs: "sqs"
        }
    }

    /// The service in a signature's scope: streams are part of DynamoDB there.
    package var signingName: String {
        self == .dynamoDBStreams ? "dynamodb" : self.hostPrefix
    }

    /// As error messages name it.
    package var displayName: String {
        switch self {
        case .cloudFormation: "CloudFormation"
        case .dynamoDB: "DynamoDB"
        case .dynamoDBStreams: "DynamoDBStreams"
        case .kinesis: "Kinesis"
        case .lambda: "Lambda"
        case .s3: "S3"
        case .sns: "SNS"
        case .sqs: "SQS"
        }
    }
}
