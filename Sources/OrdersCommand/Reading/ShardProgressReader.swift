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
    /// What the shard holds behind the checkpoint.
    package let backlog: ShardBacklog
    /// The service's name for why the last read of the shard was refused; nil where it was answered.
    package let refusal: String?

    /// How long the first record behind the checkpoint has waited; nil where none was found.
    package var lag: Duration? { if case .waiting(let lag) = self.backlog { lag } else { nil } }
}

/// Reads checkpoints, and the stream behind them.
package struct ShardProgressReader: Sendable {
    /// Between two reads of a shard: it gives five a second, and each of the two functions takes one of them.
    private static let rest = Duration.milliseconds(350)
    /// Requests at a time.
    private static let concurrency = 16

    private struct Checkpoint: Sendable {
        let function: String
        let shard: StreamShard
        let sequenceNumber: String?
        let updatedAt: String?

        var place: String { ShardReading.place(shardID: self.shard.shardID, behind: self.sequenceNumber) }
    }

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

    /// How far the functions, by the names they call themselves in checkpoints, are in every open shard, and in each
    /// closed one of which it is not known that they have read it to its end.
    ///
    /// Shards that give no record are read for `patience`, side by side, and another look goes on in `places`. `note`
    /// gets how far the end is that is furthest away. A read that is refused, since others read the shard as well, ends
    /// nothing: the shard rests for longer, and at the end of `patience` it is not read.
    package func progress(
        of functions: [String],
        within patience: Duration,
        from places: inout ShardPlaces,
        note: (Duration) -> Void = { _ in }
    ) async throws(AWSError) -> [(function: String, shards: [ShardProgress])] {
        let shards = try await self.kinesis.listShards(streamName: self.streamName, deadline: self.deadline)
        let found = try await Self.sideBySide(shards) {
            (shard: StreamShard) async throws(AWSError) -> [Checkpoint] in
            try await self.checkpoints(of: functions, shard)
        }
        let checkpoints = found.flatMap { $0 }
        var readings: [String: ShardReading] = [:]
        for checkpoint in checkpoints where readings[checkpoint.place] == nil {
            var reading =
                places.readings[checkpoint.place]
                ?? ShardReading(shardID: checkpoint.shard.shardID, behind: checkpoint.sequenceNumber)
            reading.resume()
            readings[checkpoint.place] = reading
        }
        try await self.read(&readings, within: patience, note)
        places.readings = readings
        return functions.map { function -> (function: String, shards: [ShardProgress]) in
            let own = checkpoints.filter { $0.function == function }
            return (function, own.compactMap { Self.progress($0, readings[$0.place]) })
        }
    }

    /// Nil for a closed shard that was read to its end.
    private static func progress(_ checkpoint: Checkpoint, _ reading: ShardReading?) -> ShardProgress? {
        let backlog = reading?.backlog ?? .unread(nil)
        guard checkpoint.shard.endingSequenceNumber == nil || backlog != .empty else { return nil }
        return ShardProgress(
            shardID: checkpoint.shard.shardID,
            sequenceNumber: checkpoint.sequenceNumber,
            updatedAt: checkpoint.updatedAt,
            backlog: backlog,
            refusal: reading?.refusal
        )
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

    private func checkpoints(
        of functions: [String],
        _ shard: StreamShard
    ) async throws(AWSError) -> [Checkpoint] {
        var checkpoints: [Checkpoint] = []
        for function in functions {
            let stored = try await self.checkpoint(of: function, shardID: shard.shardID)
            checkpoints.append(
                Checkpoint(
                    function: function,
                    shard: shard,
                    sequenceNumber: stored.map { Self.unpadded($0.sequenceNumber, like: shard.startingSequenceNumber) },
                    updatedAt: stored?.updatedAt
                )
            )
        }
        return checkpoints
    }

    /// Reads on until there is nothing more to find out, or `patience` is over; once in any case.
    private func read(
        _ readings: inout [String: ShardReading],
        within patience: Duration,
        _ note: (Duration) -> Void
    ) async throws(AWSError) {
        let end = self.time.uptime + patience
        var pending = readings.values.filter { !$0.isOver }.sorted { $0.place < $1.place }
        var rests: [String: ShardRest] = [:]
        while !pending.isEmpty {
            let uptime = self.time.uptime
            // A task that is cancelled does not rest: its next request fails.
            let resting = Task.isCancelled ? [:] : rests.filter { !$0.value.isOver(at: uptime) }
            // Both functions' readings of a shard take turns, since they take their reads from the same five.
            var shardIDs = Set(resting.keys)
            var (due, others): ([ShardReading], [ShardReading]) = ([], [])
            for reading in pending {
                if shardIDs.insert(reading.shardID).inserted { due.append(reading) } else { others.append(reading) }
            }
            let answered = try await Self.sideBySide(due) {
                (reading: ShardReading) async throws(AWSError) -> ShardReading in
                try await self.readOn(reading)
            }
            for reading in answered {
                readings[reading.place] = reading
                if reading.refusal == nil {
                    rests[reading.shardID] = nil
                } else {
                    rests[reading.shardID, default: ShardRest()].begin(at: self.time.uptime)
                }
            }
            pending = others + answered.filter { !$0.isOver }
            if pending.isEmpty || (self.time.uptime >= end && pending.allSatisfy(\.wasRead)) { return }
            note(pending.compactMap(Self.distance).max() ?? .zero)
            try? await self.time.sleep(for: Self.rest)
        }
    }

    private static func distance(_ reading: ShardReading) -> Duration? {
        if case .unread(let distance) = reading.backlog { distance } else { nil }
    }

    private func readOn(_ reading: ShardReading) async throws(AWSError) -> ShardReading {
        var reading = reading
        do throws(AWSError) {
            let iterator = try await self.iterator(of: reading)
            reading.keep(iterator)
            let page = try await self.kinesis.getRecords(
                shardIterator: iterator.text,
                limit: 1,
                deadline: self.deadline
            )
            reading.take(page, at: self.time.now)
        } catch {
            guard error.isThrottling else { throw error }
            reading.refused(error.code.rawValue)
        }
        return reading
    }

    private func iterator(of reading: ShardReading) async throws(AWSError) -> KeptIterator {
        if let kept = reading.iterator(at: self.time.now) { return kept }
        let text = try await self.kinesis.getShardIterator(
            streamName: self.streamName,
            shardID: reading.shardID,
            position: reading.position,
            deadline: self.deadline
        )
        return KeptIterator(text: text, since: self.time.now)
    }

    /// The answers in the elements' order.
    private static func sideBySide<Element: Sendable, Value: Sendable>(
        _ elements: [Element],
        _ request: @escaping @Sendable (Element) async throws(AWSError) -> Value
    ) async throws(AWSError) -> [Value] {
        var values: [Value] = []
        for start in stride(from: 0, to: elements.count, by: Self.concurrency) {
            let chunk = elements[start..<min(start + Self.concurrency, elements.count)]
            let results = await withTaskGroup(of: (Int, Result<Value, AWSError>).self) { group in
                for index in chunk.indices {
                    let element = chunk[index]
                    group.addTask {
                        do throws(AWSError) {
                            return (index, .success(try await request(element)))
                        } catch {
                            return (index, .failure(error))
                        }
                    }
                }
                var results: [Int: Result<Value, AWSError>] = [:]
                for await (index, result) in group { results[index] = result }
                return results
            }
            for index in chunk.indices {
                guard let result = results[index] else { continue }
                switch result {
                case .success(let value): values.append(value)
                case .failure(let error): throw error
                }
            }
        }
        return values
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
