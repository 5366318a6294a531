internal import JSONText
package import Platform

extension AWSService {
    /// Kinesis Data Streams.
    package static let kinesis = AWSService(
        name: "Kinesis",
        environmentName: "KINESIS",
        hostPrefix: "kinesis",
        wireProtocol: .json(version: "1.1", targetPrefix: "Kinesis_20131202"),
        govCloudFIPS: .singleStack
    )
}

/// Writing to Kinesis Data Streams.
///
/// `KinesisClient` is the real one, `RecordingKinesis` of `TestSupport` the fake.
package protocol KinesisWriting: Sendable {
    /// At most 500 records and 10 MiB.
    ///
    /// Single records may fail: look at each result.
    func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult]
}

/// Kinesis Data Streams over the network.
package struct KinesisClient: KinesisWriting {
    /// What calls go through.
    package let session: AWSSession
    /// How long an attempt to put records may take; the service's usual time for nil.
    private let putTimeout: Duration?

    /// Kinesis by the session's endpoint and credentials.
    package init(session: AWSSession, putTimeout: Duration? = nil) {
        self.session = session
        self.putTimeout = putTimeout
    }

    /// Puts the records, and gives for each whether it was stored, in their order.
    package func putRecords(
        streamName: String,
        records: [KinesisPutRecord],
        deadline: UTCInstant?
    ) async throws(AWSError) -> [KinesisPutResult] {
        let write = { (writer: inout JSONWriter) in
            writer.member("StreamName", streamName)
            writer.key("Records")
            writer.array { writer in
                for record in records {
                    writer.object { writer in
                        writer.member("Data", Base64.encode(record.data))
                        writer.member("PartitionKey", record.partitionKey)
                    }
                }
            }
        }
        var attempts = self.session.attempts(of: "Kinesis.PutRecords", until: .attempts(before: deadline))
        let results = try await self.session.call(
            .kinesis,
            "PutRecords",
            attempts: &attempts,
            attemptTimeout: self.putTimeout,
            write: write
        ) { reader in
            let results = try reader.readMember("Records") { reader in
                var results: [KinesisPutResult] = []
                try reader.readArray { _, reader in results.append(try KinesisPutResult(from: &reader)) }
                return results
            }
            guard let results, results.count == records.count else {
                throw reader.error(.invalidValue, "expected one result per record")
            }
            return results
        }
        // An attempt whose answer was lost may have stored what the next one refuses.
        return attempts.mayHaveBeenApplied ? results.map { $0.havingMaybeBeenStored } : results
    }
}

/// One record to put.
package struct KinesisPutRecord: Sendable, Equatable {
    /// The record's content.
    package var data: [UInt8]
    /// 1 to 256 characters; decides the shard.
    package var partitionKey: String

    /// A record for the shard that its partition key leads to.
    package init(data: [UInt8], partitionKey: String) {
        self.data = data
        self.partitionKey = partitionKey
    }
}

/// What became of one record of `putRecords`.
package enum KinesisPutResult: Sendable, Equatable {
    case stored(shardID: String, sequenceNumber: String)
    /// To be sent again: throttling or an internal failure; `mayBeStored` by an attempt before, whose answer was lost.
    case failed(errorCode: String, message: String, mayBeStored: Bool = false)
}

extension KinesisPutResult {
    fileprivate var havingMaybeBeenStored: KinesisPutResult {
        guard case .failed(let code, let message, _) = self else { return self }
        return .failed(errorCode: code, message: message, mayBeStored: true)
    }

    fileprivate init(from reader: inout JSONReader) throws {
        var shardID: String?
        var sequenceNumber: String?
        var errorCode: String?
        var message = ""
        try reader.readObject { key, reader in
            switch key {
            case "ShardId": shardID = try reader.readOptionalString()
            case "SequenceNumber": sequenceNumber = try reader.readOptionalString()
            case "ErrorCode": errorCode = try reader.readOptionalString()
            case "ErrorMessage": message = try reader.readOptionalString() ?? ""
            default: try reader.skip()
            }
        }
        if let errorCode {
            self = .failed(errorCode: errorCode, message: message)
        } else if let shardID, let sequenceNumber {
            self = .stored(shardID: shardID, sequenceNumber: sequenceNumber)
        } else {
            throw reader.error(.missingMember, "result with neither SequenceNumber nor ErrorCode")
        }
    }
}
