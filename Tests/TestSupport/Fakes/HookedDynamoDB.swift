package import AWSClient
internal import Synchronization

/// An in-memory DynamoDB with something happening before each request, such as another writer's work or time passing,
/// and with the images that the tables' streams would show.
package final class HookedDynamoDB: DynamoDBOperations {
    private let base: InMemoryDynamoDB
    private let before: @Sendable (_ request: Int) async -> Void
    private let state = Mutex((requests: 0, images: [AttributeMap]()))

    /// `before` gets the request's number, from 0.
    package init(_ base: InMemoryDynamoDB, before: @escaping @Sendable (_ request: Int) async -> Void = { _ in }) {
        self.base = base
        self.before = before
    }

    /// The new image of each single write, in their order.
    package var images: [AttributeMap] { self.state.withLock { $0.images } }

    package func getItem(_ input: GetItemInput, until limit: CallLimit) async throws(AWSError) -> AttributeMap? {
        try await limit.retrying("DynamoDB.GetItem") { () async throws(AWSError) in
            await self.hook()
            return try await self.base.getItem(input, until: .once(limit))
        }
    }

    package func putItem(_ input: PutItemInput, until limit: CallLimit) async throws(AWSError) {
        try await limit.retrying("DynamoDB.PutItem") { () async throws(AWSError) in
            await self.hook()
            try await self.base.putItem(input, until: .once(limit))
        }
        self.state.withLock { $0.images.append(input.item) }
    }

    package func updateItem(_ input: UpdateItemInput, until limit: CallLimit) async throws(AWSError) {
        let image = try await limit.retrying("DynamoDB.UpdateItem") { () async throws(AWSError) in
            await self.hook()
            return try await self.base.updatedItem(input, until: .once(limit))
        }
        self.state.withLock { $0.images.append(image) }
    }

    package func insertItems(_ input: InsertItemsInput, until limit: CallLimit) async -> [AWSError?] {
        await self.hook()
        let refusals = await self.base.insertItems(input, until: limit)
        let inserted = zip(input.maps, refusals).filter { $0.1 == nil }.map(\.0)
        self.state.withLock { $0.images += inserted }
        return refusals
    }

    package func updateItems(_ input: UpdateItemsInput, until limit: CallLimit) async -> [AWSError?] {
        await self.hook()
        return await self.base.updateItems(input, until: limit)
    }

    package func batchGetItem(_ input: BatchGetItemInput, until limit: CallLimit) async throws(AWSError)
        -> [AttributeMap]
    {
        try await limit.retrying("DynamoDB.BatchGetItem") { () async throws(AWSError) in
            await self.hook()
            return try await self.base.batchGetItem(input, until: .once(limit))
        }
    }

    private func hook() async {
        let request = self.state.withLock { state in
            defer { state.requests += 1 }
            return state.requests
        }
        await self.before(request)
    }
}

extension CallLimit {
    /// One round of attempts of a call that has `limit`.
    static func once(_ limit: CallLimit) -> CallLimit { .attempts(before: limit.instant) }
}
