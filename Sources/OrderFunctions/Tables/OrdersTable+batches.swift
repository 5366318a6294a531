package import AWSClient
package import Orders
package import Platform

extension OrdersTable {
    /// How far an order is once the first of its updates in a batch was tried as a new order.
    package enum Beginning: Sendable {
        /// The update is the new order's item; the few that another update follows are made again for it.
        case inserted
        /// The update is still to be applied: to this item, which is there already, or as a new order if it is nil.
        case pending(Item?)
        /// Nothing is known of the update; it may even have happened.
        case failed(AWSError)
    }

    /// Puts the first updates of orders, each of another order, as new items, up to 25 in a request, and reads the items of
    /// those that are stored already.
    ///
    /// A new order costs one write, an existing one as much and a read; nothing of an existing one is changed. The
    /// beginnings have the updates' order.
    package func begin(_ updates: [OrderUpdate], until deadline: WorkDeadline) async -> [Beginning] {
        var beginnings = await self.insert(updates, until: deadline)
        let unread = beginnings.indices.filter { beginnings[$0] == nil }
        let reads = await concurrentMap(unread.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys)) { places in
            await self.read(places.map { updates[$0].id }, until: deadline)
        }
        for (place, beginning) in zip(unread, reads.flatMap { $0 }) { beginnings[place] = beginning }
        return beginnings.map { $0 ?? Beginning.pending(nil) }
    }

    /// The first half of `begin`: nil stands for an order whose item is there and has to be read.
    ///
    /// For batches of which not all items can be in memory at once.
    func insert(_ updates: [OrderUpdate], until deadline: WorkDeadline) async -> [Beginning?] {
        // A single put is refused with the item that is there, so that it need not be read.
        guard updates.count > 1 else { return updates.map { _ in Beginning.pending(nil) } }
        let chunks = updates.evenChunks(ofAtMost: InsertItemsInput.maximumItems)
        return await concurrentMap(chunks) { await self.insertTogether($0, until: deadline) }.flatMap { $0 }
    }

    /// Applies an order's first update of a batch, as far as that is not done.
    package func apply(
        _ update: OrderUpdate,
        from beginning: Beginning,
        until deadline: WorkDeadline
    ) async throws(AWSError) -> Outcome {
        switch beginning {
        case .inserted: Outcome(new: self.newItem(update))
        case .pending(let item): try await self.apply(update, to: item, until: deadline)
        case .failed(let error): throw error
        }
    }

    /// Puts orders as new items in one request.
    private func insertTogether(
        _ updates: ArraySlice<OrderUpdate>,
        until deadline: WorkDeadline
    ) async -> [Beginning?] {
        if deadline.hasPassed { return updates.map { _ in Beginning.pending(nil) } }
        var builder = ItemAttributesBuilder()
        let input = InsertItemsInput(
            tableName: self.name,
            items: updates.map { update in
                for attribute in self.newItem(update) {
                    guard let value = attribute.value.attributeValue else { continue }
                    builder.add(attribute.name, value)
                }
                return builder.finish()
            }
        )
        let refusals = await self.services.dynamoDB(until: deadline).insertItems(input)
        return refusals.map { refusal -> Beginning? in
            guard let refusal else { return Beginning.inserted }
            guard refusal.code == .duplicateItem || Self.isOfTheWholeRequest(refusal) else {
                return Beginning.failed(refusal)
            }
            guard let item = refusal.item else { return nil }
            return Beginning.pending(item.mapValues { ItemValue($0) })
        }
    }

    /// Whether orders may fare better alone: DynamoDB could not take their request, or its answer, of up to 16 MB of data
    /// that JSON makes more of, is larger than is read.
    private static func isOfTheWholeRequest(_ error: AWSError) -> Bool {
        error.code == .validation || error.code == .responseTooLarge
    }

    /// Reads the items that at most 100 stored orders have, as far as an update depends on them.
    func read(_ ids: [OrderID], until deadline: WorkDeadline) async -> [Beginning] {
        if ids.isEmpty || deadline.hasPassed { return ids.map { _ in .pending(nil) } }
        let input = BatchGetItemInput(
            tableName: self.name,
            keys: ids.map(Self.key),
            projectionExpression: Self.projection,
            names: Self.projectedNames,
            consistentRead: true
        )
        do {
            let items = try await self.services.dynamoDB(until: deadline).batchGetItem(input)
            var found: [OrderID: Item] = [:]
            for item in items {
                guard let id = item[OrderAttribute.orderId.rawValue]?.string.flatMap({ OrderID($0) }) else { continue }
                found[id] = item.mapValues { ItemValue($0) }
            }
            // One that is gone was deleted since: the order is new again.
            return ids.map { .pending(found[$0]) }
        } catch {
            return ids.map { _ in Self.isOfTheWholeRequest(error) ? .pending(nil) : .failed(error) }
        }
    }

    private static let projectedNames = Dictionary(
        uniqueKeysWithValues: OrderAttribute.allCases.map { ("#" + $0.rawValue, $0.rawValue) }
    )
    private static let projection = OrderAttribute.allCases.map { "#" + $0.rawValue }.joined(separator: ",")
}
