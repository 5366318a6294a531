internal import AWSClient
internal import AWSOperations
internal import EventPatterns
internal import Platform

// What the stack shares with others: the account's limits, and the keys.

extension StackExamination {
    /// Shards that a stream on demand begins with.
    private static let shardsOnDemand = 4

    /// The present key and the former one; none where AWS's own keys are used, which nobody can lock.
    func keys() async -> [Finding] {
        var findings: [Finding] = []
        for key in StackKey.allCases {
            guard let keyID = self.stack.parameters[key.rawValue], !keyID.isEmpty else { continue }
            findings.append(await self.examine(key, keyID: keyID))
        }
        return findings
    }

    private func examine(_ key: StackKey, keyID: String) async -> Finding {
        let client = KMSClient(session: self.access.session)
        return await self.finding(of: key.rawValue) { () throws(AWSError) in
            let state = try await client.keyState(keyID: keyID, deadline: self.access.deadline)
            let text = try await client.keyPolicy(keyID: keyID, deadline: self.access.deadline)
            guard let policy = try? JSONValue(parsing: text.utf8) else {
                return .ill(key.rawValue, "its policy is no JSON", "aws kms get-key-policy shows it")
            }
            return Judgement.key(
                key,
                state: state,
                policy: policy,
                region: self.stack.region,
                account: self.stack.accountID
            )
        }
    }

    /// The account's limits in this region, as far as this pipeline comes near them.
    func limits() async -> [Finding] {
        let lambda = LambdaClient(session: self.access.session)
        let kinesis = KinesisClient(session: self.access.session)
        var findings: [Finding] = []
        do throws(AWSError) {
            let settings = try await lambda.getAccountSettings(deadline: self.access.deadline)
            let wanted = try await self.wantedConcurrency(kinesis)
            let (requests, peak) = (self.requestsAtOnce, await self.peakConcurrency())
            findings.append(Judgement.concurrency(settings, wanted: wanted, requests: requests, peak: peak))
            findings.append(Judgement.codeStorage(settings))
        } catch {
            findings.append(await self.finding(of: "Lambda's limits") { () throws(AWSError) in throw error })
        }
        findings.append(
            await self.finding(of: "Kinesis's limits") { () throws(AWSError) in
                Judgement.kinesis(try await kinesis.describeLimits(deadline: self.access.deadline))
            }
        )
        return findings
    }

    /// Invocations that the pipeline may have at a time, as scripts/deploy reckons.
    ///
    /// Two functions read each shard, the writer runs as often as its mapping says, and each Pipe invokes once for each
    /// shard of the Orders table's stream, of which a small table has one. The API lets `ApiBurst` requests through at
    /// once.
    private func wantedConcurrency(_ kinesis: KinesisClient) async throws(AWSError) -> Int {
        let stream = self.stack.resources["OrderStream"]?.physicalID ?? ""
        let shards = try await kinesis.listShards(streamName: stream, deadline: self.access.deadline)
        let open = shards.count { $0.endingSequenceNumber == nil }
        let isOnDemand = self.stack.parameters["StreamShards"] == "0"
        let shardsToRead = isOnDemand ? max(open, Self.shardsOnDemand) : open
        return self.writerConcurrency + 2 * shardsToRead + 2 + self.requestsAtOnce
    }

    /// What the API lets through at once: a stack of a template without the API lets none through.
    private var requestsAtOnce: Int {
        self.stack.parameters["ApiBurst"].flatMap { Int($0) } ?? 0
    }

    private var writerConcurrency: Int {
        let mappings = try? self.physicalIDs(of: "AWS::Lambda::EventSourceMapping")
        let scaling = try? mappings?.first { $0.logicalID == "OrderWriterMapping" }?.2.properties("ScalingConfig")
        return (try? scaling?.integer("MaximumConcurrency", in: 2...1_000)) ?? 2
    }

    /// The most invocations at a time within a day; nil where CloudWatch has not measured it.
    private func peakConcurrency() async -> Int? {
        let client = CloudWatchClient(session: self.access.session)
        let maximum = try? await client.maximum(
            of: CloudWatchMetric(namespace: "AWS/Lambda", name: "ConcurrentExecutions"),
            during: 86_400,
            before: self.access.time.now,
            deadline: self.access.deadline
        )
        return maximum.flatMap { $0 }.flatMap { Double($0) }.map { Int($0) }
    }
}
