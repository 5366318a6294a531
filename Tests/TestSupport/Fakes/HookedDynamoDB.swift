package import AWSClient
package import Platform
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

    package func getItem(_ input: GetItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap? {
        await self.hook()
        return try await self.base.getItem(input, deadline: deadline)
    }

    package func putItem(_ input: PutItemInput, deadline: UTCInstant?) async throws(AWSError) {
        await self.hook()
        try await self.base.putItem(input, deadline: deadline)
        self.state.withLock { $0.images.append(input.item) }
    }

    @discardableResult
    package func updateItem(_ input: UpdateItemInput, deadline: UTCInstant?) async throws(AWSError) -> AttributeMap {
        await self.hook()
        var input = input
        let wanted = input.returnValues
        input.returnValues = .allNew
        let image = try await self.base.updateItem(input, deadline: deadline)
        self.state.withLock { $0.images.append(image) }
        return wanted == .none ? [:] : image
    }

    package func transactWriteItems(_ input: TransactWriteItemsInput, deadline: UTCInstant?) async throws(AWSError) {
        await self.hook()
        try await self.base.transactWriteItems(input, deadline: deadline)
    }

    private func hook() async {
        let request = self.state.withLock { state in
            defer { state.requests += 1 }
            return state.requests
        }
        await self.before(request)
    }
}
