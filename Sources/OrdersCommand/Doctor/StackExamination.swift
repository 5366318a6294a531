internal import AWSClient
internal import AWSOperations
internal import Foundation
internal import JSONText
internal import Platform

/// Asks AWS about each part of a stack, and gives what comes of it, part after part.
struct StackExamination: Sendable {
    let access: AWSAccess
    let template: Template
    /// Where the zips are that the functions are compared with.
    let project: Project?

    private var stack: DeployedStack { self.template.stack }

    /// Everything, in the order of an order's way.
    func run(_ report: (Finding) throws -> Void) async throws {
        for finding in try await self.functions() { try report(finding) }
        for finding in try await self.mappings() { try report(finding) }
        for finding in try await self.pipes() { try report(finding) }
        for finding in try await self.queues() { try report(finding) }
        for finding in try await self.stores() { try report(finding) }
        for finding in try await self.shards() { try report(finding) }
        for finding in try await self.logGroups() { try report(finding) }
        for finding in try await self.alarms() { try report(finding) }
    }

    /// What AWS refuses to tell is a finding, too: the other parts are looked at all the same.
    private func finding(of subject: String, _ ask: () async throws(AWSError) -> Finding) async -> Finding {
        do throws(AWSError) {
            return try await ask()
        } catch {
            return .ill(subject, "cannot be looked at: \(error)", "orders doctor --help names the permissions it needs")
        }
    }

    private func physicalIDs(of type: String) throws -> [(logicalID: String, physicalID: String, ResourceProperties)] {
        try self.template.resources(ofType: type).sorted { $0.logicalID < $1.logicalID }.compactMap {
            logicalID,
            value in
            guard let resource = self.stack.resources[logicalID] else { return nil }
            let properties = ResourceProperties(template: self.template, value: value, path: logicalID)
            return (logicalID, resource.physicalID, properties)
        }
    }

    private func functions() async throws -> [Finding] {
        let client = LambdaClient(session: self.access.session)
        var findings: [Finding] = []
        for (logicalID, name, _) in try self.physicalIDs(of: "AWS::Lambda::Function") {
            let wanted = try FunctionConfiguration(logicalID: logicalID, in: self.template)
            let hash = self.zipSHA256(of: logicalID)
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await client.getFunctionConfiguration(name: name, deadline: self.access.deadline)
                    return Judgement.function(logicalID, found, wanted: wanted, zipSHA256: hash)
                }
            )
        }
        return findings
    }

    /// In Base64, as Lambda has it; nil where nothing is built.
    private func zipSHA256(of function: String) -> String? {
        guard let zip = self.project?.root.appendingPathComponent("dist/\(function).zip"),
            let content = try? Data(contentsOf: zip)
        else { return nil }
        return Base64.encode(Digest.sha256([UInt8](content)))
    }

    private func mappings() async throws -> [Finding] {
        let client = LambdaClient(session: self.access.session)
        let names = [
            "BatchSize", "MaximumBatchingWindowInSeconds", "MaximumRecordAgeInSeconds", "MaximumRetryAttempts",
            "ParallelizationFactor",
        ]
        var findings: [Finding] = []
        for (logicalID, id, properties) in try self.physicalIDs(of: "AWS::Lambda::EventSourceMapping") {
            var wanted: [String: Int] = [:]
            for name in names { wanted[name] = try properties.integer(name, in: -1...1_000_000) }
            if let bisects = try properties.bool("BisectBatchOnFunctionError") {
                wanted["BisectBatchOnFunctionError"] = bisects ? 1 : 0
            }
            let (settings, isEnabled) = (wanted, try properties.bool("Enabled") ?? true)
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await client.getEventSourceMapping(id: id, deadline: self.access.deadline)
                    return Judgement.mapping(logicalID, found, id: id, wanted: settings, isEnabled: isEnabled)
                }
            )
        }
        return findings
    }

    private func pipes() async throws -> [Finding] {
        let client = PipesClient(session: self.access.session)
        var findings: [Finding] = []
        for (logicalID, name, properties) in try self.physicalIDs(of: "AWS::Pipes::Pipe") {
            let isRunning = try properties.text("DesiredState") != "STOPPED"
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    let found = try await client.describePipe(name: name, deadline: self.access.deadline)
                    return Judgement.pipe(logicalID, found, physicalName: name, isRunning: isRunning)
                }
            )
        }
        return findings
    }

    private func queues() async throws -> [Finding] {
        let reader = QueueReader(sqs: SQSClient(session: self.access.session), time: self.access.loop)
        let read = Set(
            try self.physicalIDs(of: "AWS::Lambda::EventSourceMapping").compactMap { try $0.2.text("EventSourceArn") }
        )
        var findings: [Finding] = []
        for (logicalID, url, _) in try self.physicalIDs(of: "AWS::SQS::Queue") {
            let isRead = self.stack.attribute("Arn", of: logicalID).map(read.contains) ?? false
            findings.append(
                await self.finding(of: logicalID) { () throws(AWSError) in
                    Judgement.queue(logicalID, try await reader.depth(of: url), isDeadLetterQueue: !isRead)
                }
            )
        }
        return findings
    }

    private func stores() async throws -> [Finding] {
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

    /// By the archiver's checkpoints: it has one of each shard, whatever `Deduplication` is.
    private func shards() async throws -> [Finding] {
        let resources = try StackResources(self.stack)
        let reader = ShardProgressReader(
            dynamoDB: DynamoDBClient(session: self.access.session),
            kinesis: KinesisClient(session: self.access.session),
            checkpointsTable: resources.checkpointsTable,
            streamName: resources.orderStream,
            time: self.access.loop
        )
        do {
            return try await reader.progress(of: "OrderArchiver").map { Judgement.shard("OrderArchiver", $0) }
        } catch {
            return [await self.finding(of: "OrderStream") { () throws(AWSError) in throw error }]
        }
    }

    private func logGroups() async throws -> [Finding] {
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

    private func alarms() async throws -> [Finding] {
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
