internal import AWSClient
internal import LambdaRuntime
internal import Orders
internal import Platform

/// Merges the orders of a batch into the Orders table.
struct ArchivedOrders {
    /// How many orders are begun together by default: a batch of aggregates may have 100,000, and what is made of them for
    /// their requests is not to be in memory at once.
    static let usualSlice = 1_000
    /// How many stored orders are in memory with their items, which may have 400 KB each.
    private static let ordersReadTogether = BatchGetItemInput.maximumKeys

    let table: OrdersTable
    /// How many orders are begun together.
    var ordersOfASlice = Self.usualSlice

    /// Stores updates in their records' order, and gives how many; throws the first error that may pass, with its
    /// order.
    ///
    /// An order that DynamoDB refuses for good gets no row, as an unreadable one does: its record is archived all the
    /// same, and the shard goes on. Where one fails for now the others are still tried: the batch has less to do then
    /// when it comes again.
    func store(_ updates: [OrderUpdate], until deadline: WorkDeadline, logger: Logger) async throws -> Int {
        // Where the updates of each order are.
        let orders = updates.indices.grouped { updates[$0].id }
        var count = 0
        var unstored: UnstoredOrder?
        for start in stride(from: 0, to: orders.count, by: self.ordersOfASlice) {
            let slice = orders[start...].prefix(self.ordersOfASlice)
            for result in await self.storeSlice(slice, of: updates, until: deadline, logger: logger) {
                switch result {
                case .success(let stored): count += stored
                case .failure(let error): unstored = unstored ?? error
                }
            }
        }
        if let unstored { throw unstored }
        return count
    }

    /// Stores orders of which `orders` has the places of their updates; what became of them is in the orders' sequence.
    private func storeSlice(
        _ orders: ArraySlice<[Int]>,
        of updates: [OrderUpdate],
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> [Result<Int, UnstoredOrder>] {
        let beginnings = await self.table.insert(orders.map { updates[$0[0]] }, until: deadline)
        var inserted = 0
        var unfinished: [UnfinishedOrder] = []
        for (places, beginning) in zip(orders, beginnings) {
            if case .inserted? = beginning, places.count == 1 {
                inserted += 1
            } else {
                unfinished.append(UnfinishedOrder(places: places, beginning: beginning))
            }
        }
        var results: [Result<Int, UnstoredOrder>] = [.success(inserted)]
        var rest = unfinished[...]
        while !rest.isEmpty {
            // What is read is applied, and let go of, before more is read.
            let unread = rest.indices.filter { rest[$0].beginning == nil }
            let end = unread.dropFirst(Self.ordersReadTogether).first ?? rest.endIndex
            var page = Array(rest[..<end])
            let ids = page.filter { $0.beginning == nil }.map { updates[$0.places[0]].id }
            let items = await self.table.read(ids, until: deadline)
            for (place, item) in zip(unread, items) { page[place - rest.startIndex].beginning = item }
            rest = rest[end...]
            results += await concurrentMap(page) { order in
                await self.storeOne(order, of: updates, until: deadline, logger: logger)
            }
        }
        return results
    }

    /// Stores one order's updates, one after the other.
    private func storeOne(
        _ order: UnfinishedOrder,
        of updates: [OrderUpdate],
        until deadline: WorkDeadline,
        logger: Logger
    ) async -> Result<Int, UnstoredOrder> {
        var state = order.beginning ?? OrdersTable.Beginning.pending(nil)
        var count = 0
        for place in order.places {
            let update = updates[place]
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

/// An order that is not stored by the request that puts new ones together.
private struct UnfinishedOrder: Sendable {
    /// Where its updates are, in the records' order.
    let places: [Int]
    /// How far the first of them is; nil where the item is there and has to be read.
    var beginning: OrdersTable.Beginning?
}

/// Why the row of an order could not be written for now, so that its whole batch comes again.
struct UnstoredOrder: Error, CustomStringConvertible {
    let update: OrderUpdate
    let cause: any Error

    /// The cause alone: the order's ids have keys of their own in the log.
    var description: String { "\(self.cause)" }
}
