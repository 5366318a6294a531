internal import AWSClient
internal import LambdaRuntime
internal import Orders
internal import Platform

/// Merges the orders of a batch into the Orders table.
struct ArchivedOrders {
    let table: OrdersTable

    /// Stores updates in their records' order, and gives how many; throws the first error that may pass.
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
        let results = await concurrentMap(groups) { group in
            await self.storeOne(group, until: deadline, logger: logger)
        }
        return try results.reduce(0) { $0 + (try $1.get()) }
    }

    /// Stores one order's updates, one after the other.
    private func storeOne(
        _ group: [OrderUpdate],
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> Result<Int, any Error> {
        var known: OrdersTable.Item?
        var count = 0
        for update in group {
            if deadline.hasPassed { return .failure(OutOfTime()) }
            do {
                known = try await self.table.apply(update, to: known, until: deadline).item
                count += 1
            } catch {
                guard error.isPermanent else { return .failure(error) }
                logger.error("order row refused; its record is archived", ["reason": .string("\(error)")])
            }
        }
        return .success(count)
    }
}
