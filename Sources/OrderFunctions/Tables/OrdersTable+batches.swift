package import AWSClient
package import Orders
package import Platform

extension OrdersTable {
    /// How far an order is once the first of its updates in a batch was tried as a new order.
    package enum Beginning: Sendable {
        /// The update is the new order's item.
        case inserted(Outcome)
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
        // A single put is refused with the item that is there, so that it need not be read.
        guard updates.count > 1 else { return updates.map { _ in .pending(nil) } }
        let chunks = updates.evenChunks(ofAtMost: InsertItemsInput.maximumItems)
        var beginnings = await concurrentMap(chunks) { await self.insert($0, until: deadline) }.flatMap { $0 }
        let existing = beginnings.indices.filter { place in
            if case .pending(nil) = beginnings[place] { true } else { false }
        }
        let reads = await concurrentMap(existing.evenChunks(ofAtMost: BatchGetItemInput.maximumKeys)) { places in
            await self.read(places.map { updates[$0].id }, until: deadline)
        }
        for (place, beginning) in zip(existing, reads.flatMap { $0 }) { beginnings[place] = beginning }
        return beginnings
    }

    /// Applies an order's first update of a batch, as far as that is not done.
    package func apply(
        _ update: OrderUpdate,
        from beginning: Beginning,
        until deadline: WorkDeadline
    ) async throws(AWSError) -> Outcome {
        switch beginning {
        case .inserted(let outcome): outcome
        case .pending(let item): try await self.apply(update, to: item, until: deadline)
        case .failed(let error): throw error
        }
    }

    /// `.pending(nil)` says that an item is there, which is still to be read.
    private func insert(_ updates: ArraySlice<OrderUpdate>, until deadline: WorkDeadline) async -> [Beginning] {
        if deadline.hasPassed { return updates.map { _ in .pending(nil) } }
        let items = updates.map { self.newItem($0) }
        var builder = ItemAttributesBuilder()
        let input = InsertItemsInput(
            tableName: self.name,
            items: items.map { item in
                for attribute in item {
                    guard let value = attribute.value.attributeValue else { continue }
                    builder.add(attribute.name, value)
                }
                return builder.finish()
            }
        )
        let refusals = await self.services.dynamoDB(until: deadline).insertItems(input)
        return zip(items, refusals).map { item, refusal in
            guard let refusal else { return .inserted(Outcome(new: item)) }
            guard refusal.code == .duplicateItem || Self.isOfTheWholeRequest(refusal) else { return .failed(refusal) }
            return .pending(refusal.item?.mapValues { ItemValue($0) })
        }
    }

    /// Whether orders may fare better alone: DynamoDB could not take their request, or its answer, of up to 16 MB of data
    /// that JSON makes more of, is larger than is read.
    private static func isOfTheWholeRequest(_ error: AWSError) -> Bool {
        error.code == .validation || error.code == .responseTooLarge
    }

    /// Reads the items that stored orders have, as far as an update depends on them.
    private func read(_ ids: [OrderID], until deadline: WorkDeadline) async -> [Beginning] {
        if deadline.hasPassed { return ids.map { _ in .pending(nil) } }
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
