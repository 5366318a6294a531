import AWSClient
import OrderFunctions
import Platform
import TestSupport

extension AWSServices {
    /// What a test looks into is given by the test; whatever else a function reaches is empty.
    static func inMemory(
        dynamoDB: any DynamoDBOperations = InMemoryDynamoDB(keys: [:]),
        s3: any S3Operations = InMemoryS3(),
        sqs: any SQSOperations = RecordingSQS(),
        sns: any SNSOperations = RecordingSNS(),
        kinesis: any KinesisWriting = RecordingKinesis { _ in false },
        time: ManualTime,
        seed: UInt64 = 1
    ) -> AWSServices {
        AWSServices(
            dynamoDB: dynamoDB,
            s3: s3,
            sqs: sqs,
            sns: sns,
            kinesis: kinesis,
            time: time,
            random: SeededRandom(seed: seed)
        )
    }
}
