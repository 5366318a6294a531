package import AWSClient
package import AWSOperations
package import Platform

/// How far a function has come in a shard of the order stream.
package struct ShardProgress: Sendable, Equatable {
    /// The shard's id, `shardId-…`.
    package let shardID: String
    /// The last record that is done; nil where the function has no checkpoint of the shard.
    package let sequenceNumber: String?
    /// When the checkpoint was written, as stored.
    package let updatedAt: String?
    /// How long the oldest record behind the checkpoint has waited; nil where none waits.
    package let lag: Duration?
}

/// Reads checkpoints, and the stream behind them.
package struct ShardProgressReader: Sendable {
    private let dynamoDB: any DynamoDBOperations
    private let kinesis: any KinesisReading
    private let checkpointsTable: String
    private let streamName: String
    private let time: any TimeSource

    /// A reader of the checkpoints in that table, and of the stream behind them.
    package init(
        dynamoDB: any DynamoDBOperations,
        kinesis: any KinesisReading,
        checkpointsTable: String,
        streamName: String,
        time: any TimeSource
    ) {
        self.dynamoDB = dynamoDB
        self.kinesis = kinesis
        self.checkpointsTable = checkpointsTable
        self.streamName = streamName
        self.time = time
    }

    /// How far `function`, by the name it calls itself in checkpoints, is in every open shard, and in each closed one
    /// that it has not read to its end.
    package func progress(of function: String) async throws(AWSError) -> [ShardProgress] {
        let shards = try await self.kinesis.listShards(streamName: self.streamName, deadline: self.deadline)
        var all: [ShardProgress] = []
        for shard in shards {
            let progress = try await self.progress(of: function, shard)
            if shard.endingSequenceNumber == nil || progress.lag != nil { all.append(progress) }
        }
        return all
    }

    /// The checkpoint of one shard as stored, whether the shard is open or not.
    package func checkpoint(
        of function: String,
        shardID: String
    ) async throws(AWSError) -> (sequenceNumber: String, updatedAt: String?)? {
        let key = "\(function)#\(self.streamName)#\(shardID)"
        let input = GetItemInput(tableName: self.checkpointsTable, key: ["checkpoint": .s(key)])
        let item = try await self.dynamoDB.getItem(input, deadline: self.deadline)
        guard let number = item?["sequenceNumber"]?.string else { return nil }
        return (number, item?["updatedAt"]?.string)
    }

    /// The last record of a shard that is archived, as the stream writes numbers; nil where none is.
    package func archived(shardID: String) async throws(AWSError) -> String? {
        guard let checkpoint = try await self.checkpoint(of: "OrderArchiver", shardID: shardID) else { return nil }
        let shards = try await self.kinesis.listShards(streamName: self.streamName, deadline: self.deadline)
        let example = shards.first { $0.shardID == shardID }?.startingSequenceNumber
        return Self.unpadded(checkpoint.sequenceNumber, like: example)
    }

    private func progress(of function: String, _ shard: StreamShard) async throws(AWSError) -> ShardProgress {
        let checkpoint = try await self.checkpoint(of: function, shardID: shard.shardID)
        let number = checkpoint.map { Self.unpadded($0.sequenceNumber, like: shard.startingSequenceNumber) }
        return ShardProgress(
            shardID: shard.shardID,
            sequenceNumber: number,
            updatedAt: checkpoint?.updatedAt,
            lag: try await self.lag(shardID: shard.shardID, behind: number)
        )
    }

    /// Reads that may be empty though a record follows: each looks only so far.
    private static let emptyReads = 20
    /// Between them: a shard gives five a second, to the functions as well.
    private static let rest = Duration.milliseconds(250)

    /// The age of the first record behind the position; where no read comes to it, how far the last one is behind.
    private func lag(shardID: String, behind number: String?) async throws(AWSError) -> Duration? {
        var iterator: String? = try await self.kinesis.getShardIterator(
            streamName: self.streamName,
            shardID: shardID,
            position: number.map { .afterSequenceNumber($0) } ?? .trimHorizon,
            deadline: self.deadline
        )
        var behind: Duration?
        for _ in 0..<Self.emptyReads {
            guard let next = iterator else { return nil }
            let page = try await self.kinesis.getRecords(shardIterator: next, limit: 1, deadline: self.deadline)
            if let first = page.records.first {
                return UTCInstant(secondsSince1970: first.approximateArrivalTimestamp)
                    .map { max(.zero, self.time.now - $0) }
            }
            guard let milliseconds = page.millisBehindLatest, milliseconds > 0 else { return nil }
            behind = .milliseconds(milliseconds)
            iterator = page.nextShardIterator
            // A task that is cancelled does not rest; its next request fails.
            try? await self.time.sleep(for: Self.rest)
        }
        return behind
    }

    /// A checkpoint's number as the stream writes it: checkpoints have zeros in front up to 129 digits, a local server up
    /// to as many as the shard's first number has, and Kinesis none.
    static func unpadded(_ number: String, like example: String?) -> String {
        let digits = number.drop { $0 == "0" }
        let width = max(1, example?.utf8.count ?? 1)
        return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}
