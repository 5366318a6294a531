internal import AWSClient
internal import LambdaRuntime
internal import Orders
internal import Platform

/// Merges the orders of a batch into the Orders table.
struct ArchivedOrders {
    let table: OrdersTable

    /// Stores updates in their records' order, and gives how many; throws the first error that may pass, with its
    /// order.
    ///
    /// An order that DynamoDB refuses for good gets no row, as an unreadable one does: its record is archived all the same, and
    /// the shard goes on.
    func store(_ updates: [OrderUpdate], until deadline: WorkDeadline, logger: Logger) async throws -> Int {
        var groups: [[OrderUpdate]] = []
        var places: [OrderID: Int] = [:]
        for update in updates {
            if let place = places[update.id] {
                groups[place].append(update)
            } else {
                places[update.id] = groups.count
                groups.append([update])
            }
        }
        let beginnings = await self.table.begin(groups.map { $0[0] }, until: deadline)
        var count = 0
        var unfinished: [(updates: [OrderUpdate], beginning: OrdersTable.Beginning)] = []
        for (group, beginning) in zip(groups, beginnings) {
            if case .inserted = beginning, group.count == 1 {
                count += 1
            } else {
                unfinished.append((group, beginning))
            }
        }
        let results = await concurrentMap(unfinished) { order in
            await self.storeOne(order.updates, from: order.beginning, until: deadline, logger: logger)
        }
        return try results.reduce(count) { $0 + (try $1.get()) }
    }

    /// Stores one order's updates, one after the other.
    private func storeOne(
        _ group: [OrderUpdate],
        from beginning: OrdersTable.Beginning,
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> Result<Int, UnstoredOrder> {
        var state = beginning
        var count = 0
        for update in group {
            if case .pending = state, deadline.hasPassed {
                return .failure(UnstoredOrder(update: update, cause: OutOfTime()))
            }
            do {
                state = .pending(try await self.table.apply(update, from: state, until: deadline).item)
                count += 1
            } catch {
                guard error.isPermanent else { return .failure(UnstoredOrder(update: update, cause: error)) }
                if case .failed = state { state = .pending(nil) }
                logger.error(
                    "order row refused; its record is archived",
                    [
                        "reason": .string("\(error)"), "order_id": .string(update.id.text),
                        "correlation_id": .correlationID(update.correlationID),
                    ]
                )
            }
        }
        return .success(count)
    }
}

/// Why the row of an order could not be written for now, so that its whole batch comes again.
struct UnstoredOrder: Error, CustomStringConvertible {
    let update: OrderUpdate
    let cause: any Error

    /// The cause alone: the order's ids have keys of their own in the log.
    var description: String { "\(self.cause)" }
}
