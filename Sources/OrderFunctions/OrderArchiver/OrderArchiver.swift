internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Archives the raw records of a stream, each exactly once, and stores their orders.
///
/// A batch is all or nothing: order rows, which converge, then the object, which is never overwritten, then the
/// checkpoint, which only moves from what was read. After a failure at any point the whole batch is reported, and its
/// next delivery, however it is cut, finds what is done. It does so by the batch's first record: where the stream loses that
/// one in between, the next object begins inside the one that was written, and readers take what both have once
/// (docs/formats.md, "The archive").
package struct OrderArchiver: OrderFunction {
    /// What checkpoints call this function.
    package static let name = "OrderArchiver"

    private let archive: Archive
    private let orders: ArchivedOrders
    private let checkpoints: CheckpointsTable
    private let decoder: OrderRecordDecoder
    private let services: AWSServices

    /// A handler that archives here and stores orders there.
    package init(
        archive: Archive,
        orders: OrdersTable,
        checkpoints: CheckpointsTable,
        decoder: OrderRecordDecoder = OrderRecordDecoder(),
        services: AWSServices,
        ordersOfASlice: Int? = nil
    ) {
        self.archive = archive
        self.orders = ArchivedOrders(table: orders, ordersOfASlice: ordersOfASlice ?? ArchivedOrders.usualSlice)
        self.checkpoints = checkpoints
        self.decoder = decoder
        self.services = services
    }

    /// Archives the records of an event of Kinesis.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let event = try KinesisEvent.read(event)
        let deadline = self.services.workDeadline(of: context)
        var response = BatchResponse()
        let finding = await DeadlyRecords(checkpoints: self.checkpoints).look(
            at: event,
            isFirstOfProcess: context.coldStart,
            until: deadline,
            logger: context.logger
        ) { batch in
            let records = ArchiveRecord.records(of: batch) ?? []
            _ = ArchiveObject(records[...], shardID: batch.shardID, behind: nil, self.decoder)
        }
        let batches = ShardBatch.batches(of: finding.within(event), condemned: finding.condemned)
        var tally = ArchiveTally(batches)
        for batch in batches {
            do {
                try await self.archive(batch, tally: &tally, until: deadline, logger: context.logger)
            } catch {
                let first = batch.records.first?.sequenceNumber?.text
                let unstored = (error as? UnstoredOrder)?.update
                tally.failed += batch.records.count
                context.logger.error(
                    "batch not archived",
                    [
                        "shard_id": .string(batch.shardID), "sequence_number": .string(first ?? "unknown"),
                        "reason": .string("\(error)"),
                        "order_id": unstored.map { LogValue.string($0.id.text) } ?? .absent,
                        "correlation_id": .correlationID(unstored?.correlationID),
                    ]
                )
                try response.fail(first)
            }
        }
        if let next = finding.next(in: event) { try response.fail(next) }
        tally.log(to: context.logger)
        return response.json()
    }

    private func archive(
        _ batch: ShardBatch,
        tally: inout ArchiveTally,
        until deadline: WorkDeadline,
        logger: Logger
    ) async throws {
        guard let records = ArchiveRecord.records(of: batch) else {
            throw ArchiveError.unplaceableRecord
        }
        var hasStoredOrders = false
        var attempt = 0
        while true {
            let checkpoint = try await self.checkpoints.read(
                stream: batch.stream,
                shardID: batch.shardID,
                until: deadline
            )
            let remaining = records.filter { !checkpoint.covers($0.sequenceNumber) }
            let object = ArchiveObject(
                remaining[...],
                shardID: batch.shardID,
                behind: checkpoint.sequenceNumber,
                self.decoder
            )
            guard let object else { return tally.finish(batch, remaining: 0) }
            tally.correlationIDs.insert(object.correlationIDs)
            if !hasStoredOrders {
                tally.orders += try await self.orders.store(object.updates, until: deadline, logger: logger)
                tally.roundedAmounts += object.updates.count { $0.assumptions.contains(.roundedAmount) }
                hasStoredOrders = true
            }
            let last = try await self.archive.append(
                object,
                of: remaining,
                shardID: batch.shardID,
                decoder: self.decoder,
                until: deadline
            )
            do {
                try await self.checkpoints.advance(checkpoint, to: last, until: deadline)
                return tally.finish(batch, remaining: remaining.count)
            } catch {
                // The checkpoint was moved, by a request that was taken for lost or by another invocation: read and plan again.
                attempt += 1
                guard error.code == .conditionalCheckFailed, await deadline.wait(afterFailures: attempt) else {
                    throw error
                }
            }
        }
    }
}

extension OrderArchiver {
    /// Configured by `ARCHIVE_BUCKET`, `ORDERS_TABLE`, `CHECKPOINTS_TABLE`, the two minimum amounts and
    /// what `Environment.inputRules()` names.
    package init(environment: Environment, services: AWSServices) throws {
        try self.init(environment: environment, services: services, ordersOfASlice: nil)
    }

    /// The same; a number that is given stands in for how many orders are begun together.
    package init(environment: Environment, services: AWSServices, ordersOfASlice: Int?) throws {
        let rules = try environment.inputRules()
        self.init(
            archive: Archive(bucket: try environment.require("ARCHIVE_BUCKET"), services: services),
            orders: OrdersTable(
                name: try environment.require("ORDERS_TABLE"),
                bands: try environment.amountBands(),
                rules: rules,
                services: services
            ),
            checkpoints: CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                services: services
            ),
            decoder: OrderRecordDecoder(rules: rules, keepsCorrelationIDs: true),
            services: services,
            ordersOfASlice: ordersOfASlice
        )
    }
}

/// What became of an event's records, for the log line that ends an invocation.
struct ArchiveTally {
    private let read: Int
    private let place: BatchPlace
    /// What the producers call the orders that were in no earlier delivery.
    var correlationIDs: CorrelationIDs
    /// How many records this delivery archived, or an earlier one whose checkpoint was missing.
    private(set) var archived = 0
    /// How many records are at or below the checkpoint, or came twice in one batch.
    private(set) var duplicates = 0
    var failed = 0
    /// How many updates of order rows were written or confirmed.
    var orders = 0
    /// How many amounts were taken without the digits that binary floating point adds.
    var roundedAmounts = 0

    init(_ batches: [ShardBatch]) {
        self.read = batches.reduce(0) { $0 + $1.records.count }
        self.place = BatchPlace(batches)
        self.correlationIDs = CorrelationIDs(records: self.read)
    }

    /// Adds a batch of which `remaining` records were above the checkpoint.
    mutating func finish(_ batch: ShardBatch, remaining: Int) {
        self.archived += remaining
        self.duplicates += batch.records.count - remaining
    }

    /// Writes the line.
    func log(to logger: Logger) {
        logger.info(
            "batch done",
            [
                "read": .integer(self.read), "archived": .integer(self.archived),
                "duplicates": .integer(self.duplicates), "orders": .integer(self.orders),
                "failed": .integer(self.failed), "rounded_amounts": .integer(self.roundedAmounts),
                "shard_id": .string(self.place.shardID), "first_sequence_number": .string(self.place.first),
                "last_sequence_number": .string(self.place.last),
                "correlation_ids": .strings(self.correlationIDs.all),
            ]
        )
    }
}
