package import AWSClient
internal import AWSOperations
package import Platform

/// The S3 on-failure destination of a Kinesis mapping.
package struct BucketFailureSink: DeadLetterSink {
    private let client: any S3Operations
    private let bucket: String
    private let mappingID: String
    private let functionARN: String
    private let streamARN: String
    private let time: any TimeSource
    private let random: any RandomSource

    /// The destination of the mapping with that id, which names its objects.
    package init(
        client: any S3Operations,
        bucket: String,
        mappingID: String,
        functionARN: String,
        streamARN: String,
        time: any TimeSource,
        random: any RandomSource
    ) {
        self.client = client
        self.bucket = bucket
        self.mappingID = mappingID
        self.functionARN = functionARN
        self.streamARN = streamARN
        self.time = time
        self.random = random
    }

    /// Stores the records and why they failed as one object.
    package func store(_ batch: UndeliveredBatch, shardID: String) async throws {
        let now = self.time.now
        let failure = MappingFailure(
            batch: batch,
            info: StreamBatchInfo(batch, source: .kinesis, streamARN: self.streamARN, shardID: shardID),
            functionARN: self.functionARN,
            requestID: self.random.nextUUID(),
            timestamp: now
        )
        let key = MappingFailure.key(
            mappingID: self.mappingID,
            shardID: shardID,
            at: now,
            uuid: self.random.nextUUID()
        )
        try await self.client.putObject(
            PutObjectInput(bucket: self.bucket, key: key, body: failure.object, contentType: "application/json"),
            deadline: now + .seconds(30)
        )
    }
}
