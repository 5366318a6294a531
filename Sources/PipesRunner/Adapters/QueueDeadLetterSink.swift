package import AWSClient
internal import AWSOperations
package import Platform

/// A Pipe's dead-letter queue.
package struct QueueDeadLetterSink: DeadLetterSink {
    private let client: any SQSOperations
    private let queueURL: String
    private let pipeARN: String
    private let streamARN: String
    private let time: any TimeSource

    /// The dead-letter queue of the Pipe with that ARN.
    package init(
        client: any SQSOperations,
        queueURL: String,
        pipeARN: String,
        streamARN: String,
        time: any TimeSource
    ) {
        self.client = client
        self.queueURL = queueURL
        self.pipeARN = pipeARN
        self.streamARN = streamARN
        self.time = time
    }

    /// Sends a message that says where in the stream the records are, as a Pipe does.
    package func store(_ batch: UndeliveredBatch, shardID: String) async throws {
        let info = StreamBatchInfo(batch, source: .dynamoDB, streamARN: self.streamARN, shardID: shardID)
        let message = PipeDeadLetter.message(batch, info: info, pipeARN: self.pipeARN, at: self.time.now)
        try await self.client.sendMessage(
            SendMessageInput(queueURL: self.queueURL, messageBody: message),
            deadline: self.time.now + .seconds(30)
        )
    }
}
