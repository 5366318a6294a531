internal import AWSClient
internal import LambdaEvents
internal import LambdaRuntime
internal import Orders
internal import Platform

/// Performs what a `ShardMachine` decides, as much side by side as there are connections.
struct ShardAggregation: Sendable {
    let services: AggregatorServices
    let batch: ShardBatch
    let plan: AggregationPlan
    let deadline: WorkDeadline
    let logger: Logger

    /// Counts the batch as far as that can be done now.
    func run() async -> ShardReport {
        let position = AnalyticsTable.positionAttribute(stream: self.batch.stream, shardID: self.batch.shardID)
        let plan: AggregationPlan
        do {
            plan = try await self.planBesidesRefusals()
        } catch {
            return ShardReport(
                fates: Array(repeating: .pending, count: self.batch.records.count),
                failure: ShardReport.Failure(record: 0, reason: "\(error)", isExpected: false),
                sales: CountedSales(),
                learntRows: []
            )
        }
        var machine = ShardMachine(
            self.batch,
            plan,
            table: self.services.table,
            position: position,
            known: self.services.knownRows.rows(with: position)
        )
        return await withTaskGroup(of: (ShardMachine.Action, ShardMachine.Outcome).self) { group in
            var running = 0
            while true {
                let action = running < AWSServices.concurrentRequests ? machine.next() : .wait
                switch action {
                case .finish(let report):
                    if report.failure?.isExpected ?? true {
                        self.services.knownRows.insert(report.learntRows, position: position)
                    } else {
                        // The next delivery reads which of them have counted the batch already.
                        self.services.knownRows.forget(position: position)
                    }
                    return report
                case .wait:
                    guard let (action, outcome) = await group.next() else {
                        preconditionFailure("the machine waits only for what it was given")
                    }
                    running -= 1
                    machine.ended(action, outcome)
                case .claim, .read, .readRowsOfOwner, .takeOver, .send, .readRows, .update, .create, .advance:
                    running += 1
                    group.addTask { (action, await self.outcome(of: action, position: position)) }
                }
            }
        }
    }

    /// The plan, without what the records were counted for when they were refused.
    private func planBesidesRefusals() async throws -> AggregationPlan {
        guard let refusal = FormerRefusal(of: self.batch, self.plan) else { return self.plan }
        if self.deadline.hasPassed { throw Self.outOfTime }
        let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
        let claims = try await dynamoDB.batchGetItem(self.services.table.read(refusal.markers)).map { item in
            guard let claim = AnalyticsTable.claim(in: item) else { throw AggregatorError.foreignFormat }
            return claim
        }
        for claim in claims where refusal.isAbout(claim) {
            let rows = try await self.read([refusal.row], ofShardOf: claim.owner, dynamoDB)
            let names = AnalyticsTable.names(ofRows: rows, thatHave: claim.owner).union(claim.rowsCountedBefore)
            if names.contains(RowName(refusal.row)) { return refusal.rest(of: self.plan) }
        }
        return self.plan
    }

    private func outcome(of action: ShardMachine.Action, position: String) async -> ShardMachine.Outcome {
        do {
            return .success(try await self.perform(action, position: position))
        } catch {
            return .failure(error)
        }
    }

    private func perform(
        _ action: ShardMachine.Action,
        position: String
    ) async throws(AWSError) -> ShardMachine.Answer {
        if self.deadline.hasPassed { throw Self.outOfTime }
        let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
        let table = self.services.table
        let now = self.services.aws.time.now
        var answer = ShardMachine.Answer()
        switch action {
        case .claim(let claims, _): answer.refusals = await dynamoDB.insertItems(table.insert(claims, now: now))
        case .read(let markers): answer.items = try await dynamoDB.batchGetItem(table.read(markers))
        case .readRowsOfOwner(let owner, let rows, _):
            answer.items = try await self.read(rows, ofShardOf: owner, dynamoDB)
        case .takeOver(let claim, let stored):
            try await dynamoDB.updateItem(table.takeOver(claim, from: stored, now: now))
        case .send(let record, let reason): try await self.send(record, reason)
        case .readRows(let keys, _):
            do {
                let request = table.read(keys, position: position, isConsistent: false)
                answer.items = try await dynamoDB.batchGetItemIfPossible(request)
            } catch {
                self.logger.warn("rows not read", ["count": .integer(keys.count), "reason": .string("\(error)")])
                throw error
            }
        case .update(let updates) where updates.count == 1:
            try await dynamoDB.updateItem(table.update(updates[0], position: position))
            // A refusal is thrown.
            answer.refusals = [nil]
        case .update(let updates):
            answer.refusals = await dynamoDB.updateItems(table.update(updates, position: position))
        case .create(let updates):
            answer.refusals = await dynamoDB.insertItems(table.create(updates, position: position))
        case .advance(let number):
            try await self.services.checkpoints.advance(
                stream: self.batch.stream,
                shardID: self.batch.shardID,
                to: number,
                until: self.deadline
            )
        case .wait, .finish: preconditionFailure("there is nothing to perform")
        }
        return answer
    }

    private static let outOfTime = AWSError(
        code: .deadlineExceeded,
        message: "\(OutOfTime())",
        operation: "AnalyticsAggregator"
    )

    /// Reads up to where rows have counted the shard of a record.
    private func read(
        _ rows: [CounterKey],
        ofShardOf record: StreamPlace,
        _ dynamoDB: BoundDynamoDB
    ) async throws(AWSError) -> [AttributeMap] {
        let position = AnalyticsTable.positionAttribute(of: record)
        var items: [AttributeMap] = []
        for keys in rows.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys) {
            let request = self.services.table.read(Array(keys), position: position, isConsistent: true)
            items += try await dynamoDB.batchGetItem(request)
        }
        return items
    }

    /// Sends a record's dead letter.
    private func send(_ index: Int, _ reason: String) async throws(AWSError) {
        let record = self.batch.records[index]
        let letter = DeadLetter(
            reason: reason,
            source: self.batch.source,
            position: .kinesis(
                shardID: self.batch.shardID,
                sequenceNumber: record.sequenceNumber?.text ?? "",
                subSequenceNumber: record.subSequenceNumber,
                arrival: record.arrival
            ),
            record: record.bytes
        )
        try await self.services.deadLetters.send(letter, until: self.deadline)
        self.logger.warn(
            "record dead-lettered",
            [
                "shard_id": .string(self.batch.shardID), "sequence_number": .string(record.place),
                "reason": .string(reason), "correlation_id": .correlationID(self.plan.records[index].correlationID),
            ]
        )
    }
}
