internal import AWSClient
internal import AWSOperations
internal import Platform

// What holds orders and what tells of them: queues, tables, the stream, logs and alarms.

extension StackExamination {
    func queues() async throws -> [Finding] {
        let reader = QueueReader(access: self.access)
        let read = Set(
            try self.physicalIDs(of: "AWS::Lambda::EventSourceMapping").compactMap { try $0.2.text("EventSourceArn") }
        )
        var findings: [Finding] = []
        for (logicalID, url, _) in try self.physicalIDs(of: "AWS::SQS::Queue") {
            let isRead = self.stack.attribute("Arn", of: logicalID).map(read.contains) ?? false
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let depth = try await reader.depth(of: url)
                    return Judgement.queue(
                        logicalID,
                        depth,
                        oldest: depth.total == 0 ? nil : try await self.age(ofQueue: url, isRead: isRead),
                        isDeadLetterQueue: !isRead
                    )
                }
            )
        }
        return findings
    }

    /// How long the oldest message has waited, as SQS measures it each minute; for a dead-letter queue, since it came there.
    ///
    /// Nil where nothing was measured; of a dead-letter queue, whose depth counts all the same, also where it cannot be asked.
    private func age(ofQueue url: String, isRead: Bool) async throws(AWSError) -> Duration? {
        let name = url.split(separator: "/").last.map(String.init) ?? url
        let metric = CloudWatchMetric(
            namespace: "AWS/SQS",
            name: "ApproximateAgeOfOldestMessage",
            dimension: "QueueName",
            value: name
        )
        do {
            return try await self.recentMaximum(of: metric).map { .milliseconds(Int64($0 * 1_000)) }
        } catch {
            if isRead { throw error }
            return nil
        }
    }

    /// The greatest value of the last 10 minutes; nil where nothing was measured.
    private func recentMaximum(of metric: CloudWatchMetric) async throws(AWSError) -> Double? {
        let client = CloudWatchClient(session: self.access.session)
        let maximum = try await client.maximum(
            of: metric,
            during: 600,
            before: self.access.time.now,
            deadline: self.access.deadline
        )
        return maximum.flatMap { Double($0) }
    }

    func stores() async throws -> [Finding] {
        let (dynamoDB, kinesis) = (
            DynamoDBClient(session: self.access.session), KinesisClient(session: self.access.session)
        )
        var findings: [Finding] = []
        for (logicalID, name, _) in try self.physicalIDs(of: "AWS::DynamoDB::Table") {
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let status = try await dynamoDB.tableStatus(tableName: name, deadline: self.access.deadline)
                    return Judgement.store(logicalID, status: status)
                }
            )
        }
        for (logicalID, name, _) in try self.physicalIDs(of: "AWS::Kinesis::Stream") {
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let status = try await kinesis.streamStatus(streamName: name, deadline: self.access.deadline)
                    return Judgement.store(logicalID, status: status)
                }
            )
        }
        return findings
    }

    /// By the checkpoints that both functions keep of each shard.
    func shards() async throws -> [Finding] {
        let resources = try StackResources(self.stack)
        let reader = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: self.access.session),
            kinesis: KinesisClient(session: self.access.session),
            checkpointsTable: resources.checkpointsTable,
            streamName: resources.orderStream,
            time: self.access.loop
        )
        let progress = ProgressNote(unit: "s of the order stream left to look through", interval: .seconds(5))
        var (findings, places): ([Finding], ShardPlaces) = ([], ShardPlaces())
        do {
            let found = try await reader.progress(
                of: ["OrderArchiver", "AnalyticsAggregator"],
                within: self.readFor,
                from: &places,
                note: { progress.update(Int($0.components.seconds)) }
            )
            for (function, shards) in found {
                findings += shards.map { Judgement.shard(function, $0, patience: self.readFor) }
            }
        } catch {
            findings.append(await self.finding(of: "OrderStream") { () throws(AWSError) in throw error })
        }
        return findings
    }

    func logGroups() async throws -> [Finding] {
        let client = CloudWatchLogsClient(session: self.access.session)
        var findings: [Finding] = []
        for (logicalID, name, properties) in try self.physicalIDs(of: "AWS::Logs::LogGroup") {
            let wanted = try properties.integer("RetentionInDays", in: 1...3_653)
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let groups = try await client.describeLogGroups(prefix: name, deadline: self.access.deadline)
                    let days = groups[name]
                    return Judgement.logGroup(logicalID, exists: days != nil, days: days ?? nil, wanted: wanted)
                }
            )
        }
        return findings
    }

    func alarms() async throws -> [Finding] {
        let client = CloudWatchClient(session: self.access.session)
        let named = try self.physicalIDs(of: "AWS::CloudWatch::Alarm").map { ($0.logicalID, $0.physicalID) }
        var states: [String: CloudWatchAlarm] = [:]
        do {
            for start in stride(from: 0, to: named.count, by: CloudWatchClient.maximumAlarmNames) {
                let names = named[start...].prefix(CloudWatchClient.maximumAlarmNames).map(\.1)
                for alarm in try await client.describeAlarms(names: names, deadline: self.access.deadline) {
                    states[alarm.name] = alarm
                }
            }
        } catch {
            return [await self.finding(of: "alarms") { () throws(AWSError) in throw error }]
        }
        return Judgement.alarms(named.map { ($0.0, states[$0.1]) })
    }
}
