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
            return ShardReport(nothingDoneOf: self.batch, "\(error)")
        }
        var machine = ShardMachine(
            self.batch,
            plan,
            table: self.services.table,
            position: position,
            known: self.services.knownRows.rows(with: position)
        )
        return await withTaskGroup(of: ShardMachine.Outcome.self) { group in
            var running = 0
            while true {
                let action = running < AWSServices.concurrentRequests ? machine.next() : .wait
                switch action {
                case .finish(let report):
                    self.services.knownRows.insert(report.learntRows, position: position)
                    return report
                case .wait:
                    guard let outcome = await group.next() else {
                        preconditionFailure("the machine waits only for what it was given")
                    }
                    running -= 1
                    machine.ended(outcome)
                case .claim, .read, .readRowsOfOwner, .takeOver, .send, .readRows, .update, .create, .advance:
                    running += 1
                    group.addTask { await self.perform(action, position: position) }
                }
            }
        }
    }

    /// The plan, without what the records were counted for when they were refused.
    private func planBesidesRefusals() async throws -> AggregationPlan {
        let refusal = FormerRefusal(of: self.batch, self.plan)
        if refusal.markers.isEmpty { return self.plan }
        if self.deadline.hasPassed { throw Self.outOfTime }
        let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
        var counted: Set<CounterKey> = []
        for item in try await dynamoDB.batchGetItem(self.services.table.read(refusal.markers)) {
            guard let claim = AnalyticsTable.claim(in: item) else { throw AggregatorError.foreignFormat }
            guard let row = FormerRefusal.row(of: claim) else { continue }
            let names = try await self.rows([row], thatHave: claim.owner, dynamoDB).union(claim.rowsCountedBefore)
            if names.contains(RowName(row)) { counted.insert(row) }
        }
        return refusal.rest(of: self.plan, countedIn: counted)
    }

    private func perform(_ action: ShardMachine.Action, position: String) async -> ShardMachine.Outcome {
        if self.deadline.hasPassed { return action.outcome(of: Self.outOfTime) }
        let dynamoDB = self.services.aws.dynamoDB(until: self.deadline)
        let table = self.services.table
        let now = self.services.aws.time.now
        switch action {
        case .claim(let claims, let purpose):
            return .claimed(claims, purpose, await dynamoDB.insertItems(table.insert(claims, now: now)))
        case .read(let markers, let purpose):
            do {
                return .read(markers, purpose, .success(try await dynamoDB.batchGetItem(table.read(markers))))
            } catch {
                return .read(markers, purpose, .failure(error))
            }
        case .readRowsOfOwner(let owner, let rows, let marker):
            do {
                return .readRowsOfOwner(marker, .success(try await self.rows(rows, thatHave: owner, dynamoDB)))
            } catch {
                return .readRowsOfOwner(marker, .failure(error))
            }
        case .takeOver(let claim, let stored):
            let input = table.takeOver(claim, from: stored, now: now)
            return .takenOver(
                claim,
                await Self.failure { () async throws(AWSError) in try await dynamoDB.updateItem(input) }
            )
        case .send(let record, let reason):
            return .sent(record: record, failure: await self.send(record, reason))
        case .readRows(let keys):
            do {
                let request = table.read(keys, position: position, isConsistent: false)
                let items = try await dynamoDB.batchGetItemIfPossible(request)
                return .readRows(keys, .success(items))
            } catch {
                self.logger.warn("rows not read", ["count": .integer(keys.count), "reason": .string("\(error)")])
                return .readRows(keys, .failure(error))
            }
        case .update(let updates) where updates.count == 1:
            let input = table.update(updates[0], position: position)
            return .updated(
                updates,
                [await Self.failure { () async throws(AWSError) in try await dynamoDB.updateItem(input) }]
            )
        case .update(let updates):
            return .updated(updates, await dynamoDB.updateItems(table.update(updates, position: position)))
        case .create(let updates):
            return .created(updates, await dynamoDB.insertItems(table.create(updates, position: position)))
        case .advance(let number):
            return .advanced(
                await Self.failure { () async throws(AWSError) in
                    try await self.services.checkpoints.advance(
                        stream: self.batch.stream,
                        shardID: self.batch.shardID,
                        to: number,
                        until: self.deadline
                    )
                }
            )
        case .wait, .finish: preconditionFailure("there is nothing to perform")
        }
    }

    private static let outOfTime = AWSError(
        code: .deadlineExceeded,
        message: "\(OutOfTime())",
        operation: "AnalyticsAggregator"
    )

    /// The names of those of the rows that have counted a record, or one behind it of the same shard.
    private func rows(
        _ rows: [CounterKey],
        thatHave record: StreamPlace,
        _ dynamoDB: BoundDynamoDB
    ) async throws(AWSError) -> Set<RowName> {
        let position = AnalyticsTable.positionAttribute(stream: record.stream, shardID: record.shardID)
        var names: Set<RowName> = []
        for keys in rows.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys) {
            let request = self.services.table.read(Array(keys), position: position, isConsistent: true)
            for item in try await dynamoDB.batchGetItem(request) {
                guard let number = AnalyticsTable.position(position, in: item), record.number <= number,
                    let name = RowName(item)
                else { continue }
                names.insert(name)
            }
        }
        return names
    }

    /// Sends a record's dead letter; gives why not, if it could not.
    private func send(_ index: Int, _ reason: String) async -> String? {
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
        do {
            try await self.services.deadLetters.send(letter, until: self.deadline)
        } catch {
            return "\(error)"
        }
        self.logger.warn(
            "record dead-lettered",
            [
                "shard_id": .string(self.batch.shardID), "sequence_number": .string(record.place),
                "reason": .string(reason), "correlation_id": .correlationID(self.plan.records[index].correlationID),
            ]
        )
        return nil
    }

    private static func failure(_ body: () async throws(AWSError) -> Void) async -> AWSError? {
        do {
            try await body()
            return nil
        } catch {
            return error
        }
    }
}

extension ShardMachine.Action {
    /// What comes of it where it fails as a whole.
    fileprivate func outcome(of error: AWSError) -> ShardMachine.Outcome {
        switch self {
        case .claim(let claims, let purpose): .claimed(claims, purpose, claims.map { _ in error })
        case .read(let markers, let purpose): .read(markers, purpose, .failure(error))
        case .readRowsOfOwner(_, _, let marker): .readRowsOfOwner(marker, .failure(error))
        case .takeOver(let claim, _): .takenOver(claim, error)
        case .send(let record, _): .sent(record: record, failure: "\(error)")
        case .readRows(let keys): .readRows(keys, .failure(error))
        case .update(let updates): .updated(updates, updates.map { _ in error })
        case .create(let updates): .created(updates, updates.map { _ in error })
        case .advance: .advanced(error)
        case .wait, .finish: preconditionFailure("there is nothing to perform")
        }
    }
}
