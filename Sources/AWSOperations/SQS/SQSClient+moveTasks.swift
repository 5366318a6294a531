package import AWSClient
internal import JSONText
package import Platform

/// The newest task that moves a dead-letter queue's messages back, as `latestMessageMoveTask` shows it.
package struct SQSMessageMoveTask: Sendable, Equatable {
    /// `RUNNING`, `COMPLETED`, `CANCELLING`, `CANCELLED`, `FAILED`.
    package var status: String
    /// How many messages have been moved so far.
    package var movedCount: Int64
    /// At the start; nil where SQS does not tell.
    package var toMoveCount: Int64?
    /// Why the task failed; nil where it did not.
    package var failureReason: String?
    /// Milliseconds since 1970; tells one task from the next.
    package var started: Int64

    /// A task in that status.
    package init(
        status: String,
        movedCount: Int64 = 0,
        toMoveCount: Int64? = nil,
        failureReason: String? = nil,
        started: Int64 = 0
    ) {
        self.status = status
        self.movedCount = movedCount
        self.toMoveCount = toMoveCount
        self.failureReason = failureReason
        self.started = started
    }
}

extension SQSClient {
    /// Names such as `ApproximateNumberOfMessages` or `All`.
    package func getQueueAttributes(
        queueURL: String,
        names: [String],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [String: String] {
        let write = { (writer: inout JSONWriter) in
            writer.member("QueueUrl", queueURL)
            writer.key("AttributeNames")
            writer.array { writer in names.forEach { writer.string($0) } }
        }
        return try await self.session.call(.sqs, "GetQueueAttributes", deadline: deadline, write: write) {
            reader in
            try reader.readMember("Attributes") { try $0.readStrings() } ?? [:]
        }
    }

    /// Starts to move a dead-letter queue's messages back to where they came from, or to `destinationARN`; gives the
    /// task's handle.
    package func startMessageMoveTask(
        sourceARN: String,
        destinationARN: String?,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String {
        let write = { (writer: inout JSONWriter) in
            writer.member("SourceArn", sourceARN)
            writer.optional("DestinationArn", destinationARN)
        }
        return try await self.session.call(.sqs, "StartMessageMoveTask", deadline: deadline, write: write) {
            reader in
            try reader.readRequiredMember("TaskHandle") { try $0.readString() }
        }
    }

    /// What becomes of the last `startMessageMoveTask`; nil if there was none.
    ///
    /// The tool follows a task with it; no function needs `sqs:ListMessageMoveTasks`.
    package func latestMessageMoveTask(
        sourceARN: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> SQSMessageMoveTask? {
        let write = { (writer: inout JSONWriter) in
            writer.member("SourceArn", sourceARN)
            writer.optional("MaxResults", 1)
        }
        return try await self.session.call(.sqs, "ListMessageMoveTasks", deadline: deadline, write: write) {
            reader in
            let tasks = try reader.readMember("Results") { reader in
                var tasks: [SQSMessageMoveTask] = []
                try reader.readArray { _, reader in tasks.append(try SQSMessageMoveTask(from: &reader)) }
                return tasks
            }
            return tasks?.first
        }
    }
}

extension SQSMessageMoveTask {
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(status: "")
        try reader.readObject { key, reader in
            switch key {
            case "Status": self.status = try reader.readString()
            case "ApproximateNumberOfMessagesMoved": self.movedCount = try reader.readInteger()
            case "ApproximateNumberOfMessagesToMove":
                self.toMoveCount = try reader.readNull() ? nil : try reader.readInteger()
            case "StartedTimestamp": self.started = try reader.readInteger()
            case "FailureReason": self.failureReason = try reader.readOptionalString()
            default: try reader.skip()
            }
        }
    }
}
