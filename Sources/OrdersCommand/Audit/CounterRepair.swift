internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import Platform

/// Sets rows of the Analytics table to what the archive adds up to.
///
/// All items of a row are changed in one transaction, each under the condition that it is still as it was read: whatever is
/// counted meanwhile makes the repair fail, and another audit looks again.
struct CounterRepair: Sendable {
    /// What became of a row.
    enum Outcome: Sendable, Equatable {
        case repaired
        /// Somebody changed it meanwhile, or its items do not add up to what the audit saw.
        case changedMeanwhile
    }

    private let client: DynamoDBClient
    private let tableName: String
    private let time: any TimeSource
    private let random: any RandomSource

    init(session: AWSSession, tableName: String, time: any TimeSource) {
        self.client = DynamoDBClient(session: session)
        self.tableName = tableName
        self.time = time
        self.random = session.random
    }

    /// Sets one row right.
    func repair(_ difference: CounterDifference) async throws(AWSError) -> Outcome {
        let key = difference.key
        // By the lanes that the day has, as those read it who found the difference.
        let lanes = try await AnalyticsReader(client: self.client, tableName: self.tableName, time: self.time)
            .lanes(of: key.day)
        var items: [(sortKey: String, item: AttributeMap?)] = []
        for sortKey in DayFigures.sortKeys(of: key, lanes: lanes) {
            let input = GetItemInput(
                tableName: self.tableName,
                key: ["PK": .s(key.partitionKey), "SK": .s(sortKey)],
                consistentRead: true
            )
            items.append((sortKey, try await self.client.getItem(input, deadline: self.time.now + .seconds(30))))
        }
        let figures = DayFigures(items.compactMap(\.item), lanes: lanes)
        // A row of zeros is as good as none, also to those who found the difference.
        let found = figures.rows(of: key.day)[key].flatMap { $0 == $0.zero ? nil : $0 }
        guard found == difference.counted else { return .changedMeanwhile }
        do {
            try await self.client.transactWriteItems(
                TransactWriteItemsInput(
                    transactItems: self.actions(difference, items),
                    clientRequestToken: self.random.nextUUID()
                ),
                until: .attempts(before: self.time.now + .seconds(30))
            )
            return .repaired
        } catch {
            guard error.cancellationReasons.contains(where: { $0.code == .conditionalCheckFailed }) else { throw error }
            return .changedMeanwhile
        }
    }

    /// The whole of the row goes into the first item that is there, or the one to make, and nothing is left in the others.
    private func actions(
        _ difference: CounterDifference,
        _ items: [(sortKey: String, item: AttributeMap?)]
    ) -> [TransactWriteItem] {
        let target = (items.first { $0.item != nil } ?? items.first)?.sortKey
        let right = difference.archived ?? difference.counted?.zero
        return items.compactMap { sortKey, item in
            let isTarget = sortKey == target
            guard let delta = isTarget ? right : right?.zero, item != nil || isTarget else { return nil }
            return .update(self.update(difference.key, sortKey, delta, over: item))
        }
    }

    private func update(
        _ key: CounterKey,
        _ sortKey: String,
        _ delta: CounterDelta,
        over item: AttributeMap?
    ) -> UpdateItemInput {
        var attributes = ExpressionAttributes()
        var (changes, conditions) = ([String](), [String]())
        for (index, counter) in delta.attributes.enumerated() {
            attributes.names["#\(index)"] = counter.name
            attributes.values[":\(index)"] = .n(counter.number)
            changes.append("#\(index) = :\(index)")
            if let read = item?[counter.name] {
                attributes.values[":read\(index)"] = read
                conditions.append("#\(index) = :read\(index)")
            } else if item != nil {
                conditions.append("attribute_not_exists(#\(index))")
            }
        }
        if case .orders = key {
            attributes.names["#format"] = "format"
            attributes.values[":format"] = .n(String(AnalyticsTable.format))
            changes.append("#format = :format")
        }
        if item == nil { conditions = ["attribute_not_exists(PK)"] }
        return UpdateItemInput(
            tableName: self.tableName,
            key: ["PK": .s(key.partitionKey), "SK": .s(sortKey)],
            updateExpression: "SET " + changes.joined(separator: ", "),
            conditionExpression: conditions.joined(separator: " AND "),
            attributes: attributes
        )
    }
}
