internal import AWSClient
internal import OrderFunctions
internal import Orders
internal import Platform

/// A table of the Analytics table's form, into which counters are put as they are to be.
struct CounterTable: Sendable {
    /// What became of the rows.
    struct Outcome: Sendable, Equatable {
        var written = 0
        /// They were as they are to be.
        var unchanged = 0

        init() {}
    }

    /// Requests at once.
    private static let concurrency = 16

    private let client: DynamoDBClient
    private let name: String
    private let time: any TimeSource

    init(client: DynamoDBClient, name: String, time: any TimeSource) {
        self.client = client
        self.name = name
        self.time = time
    }

    /// Puts the rows that are not in the table as they are; `present` are those that are.
    func put(
        _ rows: [CounterKey: CounterDelta],
        over present: [CounterKey: CounterDelta],
        progress: (Int) -> Void = { _ in }
    ) async throws(AWSError) -> Outcome {
        let missing = rows.filter { present[$0.key] != $0.value }.map { CounterRow($0.key, $0.value) }
            .sorted { $0.key < $1.key }
        var outcome = Outcome()
        outcome.unchanged = rows.count - missing.count
        for start in stride(from: 0, to: missing.count, by: Self.concurrency) {
            let chunk = missing[start..<min(start + Self.concurrency, missing.count)]
            let failure = await withTaskGroup(of: AWSError?.self) { group in
                for row in chunk {
                    group.addTask {
                        do throws(AWSError) {
                            let input = PutItemInput(tableName: self.name, item: AnalyticsTable.item(of: row))
                            try await self.client.putItem(input, until: .attempts(before: self.time.now + .seconds(30)))
                            return nil
                        } catch {
                            return error
                        }
                    }
                }
                return await group.reduce(nil) { $0 ?? $1 }
            }
            if let failure { throw failure }
            outcome.written += chunk.count
            progress(outcome.written)
        }
        return outcome
    }
}
