package import AWSClient
package import Platform

/// Where a function's poison goes: one SQS message per record.
///
/// A record too large for a message goes to `dead-letters/` in the archive bucket, and the message says where.
package struct DeadLetterQueue: Sendable {
    /// How many bytes one message has at most.
    ///
    /// SQS takes 1 MiB; 256 KiB is what it took until 2025, and what a queue may still be limited to.
    private static let maximumMessageSize = 256 * 1024

    private let function: String
    private let queueURL: String
    private let archiveBucket: String
    private let services: AWSServices

    /// The queue of `function`; what is too large for it goes to `archiveBucket`.
    package init(function: String, queueURL: String, archiveBucket: String, services: AWSServices) {
        self.function = function
        self.queueURL = queueURL
        self.archiveBucket = archiveBucket
        self.services = services
    }

    /// Sends the record away.
    ///
    /// After an error the record counts as failed: nobody else has it yet.
    package func send(_ letter: DeadLetter, until deadline: WorkDeadline) async throws(AWSError) {
        var message = letter.message(function: self.function)
        if message.count > Self.maximumMessageSize {
            let key = self.key(of: letter)
            try await self.store(letter.record, key: key, until: deadline)
            message = letter.message(function: self.function, bucket: self.archiveBucket, key: key)
        }
        let body = String(decoding: message, as: UTF8.self)
        let sqs = self.services.sqs(until: deadline)
        try await sqs.sendMessage(SendMessageInput(queueURL: self.queueURL, messageBody: body))
    }

    /// The name of a record's object, which is the same for every delivery, so that a repetition stores nothing new.
    private func key(of letter: DeadLetter) -> String {
        switch letter.position {
        case .kinesis(let shardID, let sequenceNumber, let subSequenceNumber, _):
            "dead-letters/\(self.function)/\(shardID)-\(sequenceNumber)"
                + (subSequenceNumber.map { ".\($0)" } ?? "")
        case .dynamoDBStream(let eventID):
            "dead-letters/\(self.function)/\(eventID ?? Hexadecimal.text(Digest.sha256(letter.record)))"
        }
    }

    private func store(_ record: [UInt8], key: String, until deadline: WorkDeadline) async throws(AWSError) {
        do {
            let object = PutObjectInput(
                bucket: self.archiveBucket,
                key: key,
                body: record,
                contentType: "application/octet-stream",
                ifNoneMatch: true
            )
            try await self.services.s3(until: deadline).putObject(object)
        } catch {
            // An earlier delivery stored the same bytes under the same name.
            guard error.code == .preconditionFailed else { throw error }
        }
    }
}
