package import AWSClient
package import Orders
package import Platform

/// The Orders table, where updates of an order are merged so that their sequence and repetition do not matter.
package struct OrdersTable: Sendable {
    /// An item as last read or written; attributes of others may be missing, since no update depends on them.
    package typealias Item = [String: ItemValue]

    /// What an update did.
    package struct Outcome: Sendable {
        /// False where the item said all of the update already: nothing was written, and the stream shows nothing.
        package let isWritten: Bool
        /// All attributes of the item as it stands.
        private let attributes: Attributes

        /// Most items are never looked at again, so that a new one is put together only for the next update.
        private enum Attributes: Sendable {
            case item(Item)
            case new([ItemUpdate.Attribute])
        }

        init(isWritten: Bool, item: Item) {
            self.isWritten = isWritten
            self.attributes = .item(item)
        }

        /// A new item was written.
        init(new attributes: [ItemUpdate.Attribute]) {
            self.isWritten = true
            self.attributes = .new(attributes)
        }

        /// The item as it stands, to start from with the next update of the same order.
        package var item: Item {
            switch self.attributes {
            case .item(let item): item
            case .new(let attributes): Dictionary(uniqueKeysWithValues: attributes.lazy.map { ($0.name, $0.value) })
            }
        }
    }

    let name: String
    private let bands: AmountBands
    private let rules: InputRules
    let services: AWSServices

    /// The table of that name; `rules` say how to read the instants of items that others wrote.
    package init(
        name: String,
        bands: AmountBands,
        rules: InputRules = InputRules(),
        services: AWSServices
    ) {
        self.name = name
        self.bands = bands
        self.rules = rules
        self.services = services
    }

    /// Merges one update into its order with one conditional write, again whenever somebody else wrote meanwhile.
    ///
    /// `known` saves a request where the item was read or written just before. Where nothing is known the update is first
    /// put as a new order; the refusal brings the item that is there.
    package func apply(
        _ update: OrderUpdate,
        to known: Item? = nil,
        until deadline: WorkDeadline
    ) async throws(AWSError) -> Outcome {
        var item = known
        var attempt = 0
        while true {
            do {
                guard let current = item else { return try await self.put(update, until: deadline) }
                return try await self.update(current, with: update, until: deadline)
            } catch {
                guard error.code == .conditionalCheckFailed else { throw error }
                attempt += 1
                // The first refusal is how the item is read; a second one says that others write to the item at the same time.
                if attempt > 1, !(await deadline.wait(afterFailures: attempt - 1)) { throw error }
                item = try await self.currentItem(update.id, error, until: deadline)
            }
        }
    }

    static func key(_ id: OrderID) -> AttributeMap {
        [OrderAttribute.orderId.rawValue: .s(id.text)]
    }

    /// The attributes of an order of which nothing is known but this update.
    func newItem(_ update: OrderUpdate) -> [ItemUpdate.Attribute] {
        guard let order = StoredOrder(id: update.id).merging(update) else {
            preconditionFailure("an update always changes an order of which nothing is known")
        }
        return order.attributes(self.bands)
    }

    private func put(_ update: OrderUpdate, until deadline: WorkDeadline) async throws(AWSError) -> Outcome {
        let item = self.newItem(update)
        let input = PutItemInput(
            tableName: self.name,
            item: Dictionary(
                uniqueKeysWithValues: item.lazy.compactMap { attribute in
                    attribute.value.attributeValue.map { (attribute.name, $0) }
                }
            ),
            conditionExpression: "attribute_not_exists(orderId)",
            returnsItemOnConditionCheckFailure: true
        )
        try await self.services.dynamoDB(until: deadline).putItem(input)
        return Outcome(new: item)
    }

    private func update(_ item: Item, with update: OrderUpdate, until deadline: WorkDeadline) async throws(AWSError)
        -> Outcome
    {
        if let format = Self.format(of: item) {
            try StoredFormat.require(
                format,
                upTo: StoredOrder.format,
                "a row of the Orders table",
                operation: "DynamoDB.GetItem"
            )
        }
        guard let merged = StoredOrder(id: update.id, item: item, rules: self.rules).merging(update) else {
            return Outcome(isWritten: false, item: item)
        }
        let changes = ItemUpdate(from: item, to: merged, self.bands)
        let input = changes.updateItemInput(tableName: self.name, orderID: update.id)
        try await self.services.dynamoDB(until: deadline).updateItem(input)
        return Outcome(isWritten: true, item: changes.applied(to: item))
    }

    /// The format of an item that a version of this pipeline wrote; nil for one that others wrote, which is read as far
    /// as it can be.
    ///
    /// All versions write the map `versions` and an integer as `format`; an attribute of others may have that name,
    /// too.
    private static func format(of item: Item) -> String? {
        guard case .map? = item[OrderAttribute.versions.rawValue],
            let digits = item[OrderAttribute.format.rawValue]?.digits, Int(digits) != nil
        else { return nil }
        return digits
    }

    /// The item that made a condition fail; nil if it has been deleted since.
    private func currentItem(_ id: OrderID, _ error: AWSError, until deadline: WorkDeadline) async throws(AWSError)
        -> Item?
    {
        if let item = error.item { return item.mapValues { ItemValue($0) } }
        let input = GetItemInput(tableName: self.name, key: Self.key(id), consistentRead: true)
        let item = try await self.services.dynamoDB(until: deadline).getItem(input)
        return item?.mapValues { ItemValue($0) }
    }
}
