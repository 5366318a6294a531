internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import LambdaEvents
internal import OrderFunctions
internal import Orders
internal import Platform

/// Sets rows of the Analytics table to what the archive adds up to.
///
/// A row is changed under the condition that it is still as it was read, and how far it has counted each shard with it:
/// whatever is counted meanwhile makes the repair fail, and another audit looks again.
struct CounterRepair: Sendable {
    /// What became of a row.
    enum Outcome: Sendable, Equatable {
        case repaired
        /// Somebody changed it meanwhile, or it is not what the audit saw.
        case changedMeanwhile
    }

    private let client: DynamoDBClient
    private let tableName: String
    /// Up to where each shard is counted as a whole, by the attribute that rows have for it.
    private let counted: [String: SequenceNumber]
    private let time: any TimeSource

    init(session: AWSSession, tableName: String, counted: [String: SequenceNumber], time: any TimeSource) {
        self.client = DynamoDBClient(session: session)
        self.tableName = tableName
        self.counted = counted
        self.time = time
    }

    /// Sets one row right.
    func repair(_ difference: CounterDifference) async throws(AWSError) -> Outcome {
        let key = difference.key
        let input = GetItemInput(
            tableName: self.tableName,
            key: ["PK": .s(key.partitionKey), "SK": .s(key.sortKey)],
            consistentRead: true
        )
        let item = try await self.client.getItem(input, deadline: self.time.now + .seconds(30))
        let figures = DayFigures(item.map { [$0] } ?? [])
        // A row of zeros is as good as none, also to those who found the difference.
        let found = figures.rows(of: key.day)[key].flatMap { $0 == $0.zero ? nil : $0 }
        guard found == difference.counted,
            let right = difference.archived ?? difference.counted?.zero
        else { return .changedMeanwhile }
        // Of a batch that is counted in some rows only, the archive's sum takes none, and the row would never get it again.
        guard item.map(self.isCountedAsAWhole) ?? true else { return .changedMeanwhile }
        do {
            let update = self.update(key, right, over: item)
            try await self.client.updateItem(update, until: .attempts(before: self.time.now + .seconds(30)))
            return .repaired
        } catch {
            // The repair itself, where an attempt's answer was lost, is found by the audit that is to follow.
            guard error.code == .conditionalCheckFailed else { throw error }
            return .changedMeanwhile
        }
    }

    private func isCountedAsAWhole(_ item: AttributeMap) -> Bool {
        self.counted.allSatisfy { attribute, last in
            AnalyticsTable.position(attribute, in: item).map { $0 <= last } ?? true
        }
    }

    private func update(_ key: CounterKey, _ delta: CounterDelta, over item: AttributeMap?) -> UpdateItemInput {
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
        let positions = (item ?? [:]).filter { $0.key.hasPrefix(AnalyticsTable.positionPrefix) }
        for (index, position) in positions.sorted(by: { $0.key < $1.key }).enumerated() {
            attributes.names["#at\(index)"] = position.key
            attributes.values[":at\(index)"] = position.value
            conditions.append("#at\(index) = :at\(index)")
        }
        // The sum has all that is counted, so that nothing of it may be added by whoever comes late.
        for (index, position) in self.counted.sorted(by: { $0.key < $1.key }).enumerated() {
            attributes.names["#counted\(index)"] = position.key
            attributes.values[":counted\(index)"] = .s(position.value.sortable)
            changes.append("#counted\(index) = :counted\(index)")
        }
        attributes.names["#format"] = "format"
        attributes.values[":format"] = .n(String(AnalyticsTable.format))
        changes.append("#format = :format")
        if item == nil { conditions = ["attribute_not_exists(PK)"] }
        return UpdateItemInput(
            tableName: self.tableName,
            key: ["PK": .s(key.partitionKey), "SK": .s(key.sortKey)],
            updateExpression: "SET " + changes.joined(separator: ", "),
            conditionExpression: conditions.joined(separator: " AND "),
            attributes: attributes
        )
    }
}
