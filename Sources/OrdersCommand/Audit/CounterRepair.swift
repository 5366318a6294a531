package import AWSClient
internal import AWSOperations
package import ArchiveAccounts
package import LambdaEvents
internal import OrderFunctions
internal import Orders
package import Platform

/// Sets rows of the Analytics table to what the archive adds up to.
///
/// A row is changed under the condition that its counters are still as they were read: whatever is counted meanwhile makes the
/// repair fail, and another audit looks again.
package struct CounterRepair: Sendable {
    /// What became of a row.
    package enum Outcome: Sendable, Equatable {
        case repaired
        /// It was being counted in while the audit looked, somebody changed it since, or it is not what the audit saw.
        case changedMeanwhile
    }

    private let client: DynamoDBClient
    private let tableName: String
    /// Up to where each shard is counted as a whole, by the attribute that rows have for it.
    private let counted: [String: SequenceNumber]
    /// The attributes of the shards whose records may still be delivered.
    private let deliverable: Set<String>
    private let time: any TimeSource

    /// A repair of rows of the table of that name.
    ///
    /// `counted` says up to where each shard is counted as a whole, and `deliverable` of which shards records may still
    /// be delivered, both by the attributes that rows have for shards.
    package init(
        session: AWSSession,
        tableName: String,
        counted: [String: SequenceNumber],
        deliverable: Set<String>,
        time: any TimeSource
    ) {
        self.client = DynamoDBClient(session: session)
        self.tableName = tableName
        self.counted = counted
        self.deliverable = deliverable
        self.time = time
    }

    /// Sets one row right.
    package func repair(_ difference: CounterDifference) async throws(AWSError) -> Outcome {
        if difference.isInMotion { return .changedMeanwhile }
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
            let open = self.counted.filter { self.deliverable.contains($0.key) }
            let update = RowRepair(of: key, to: right, counted: open).update(of: self.tableName, over: item)
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
}
