package import AWSClient
internal import AWSOperations
package import ArchiveAccounts
internal import JSONText
package import Orders
package import Platform

/// Reads a day's counters from the Analytics table: by queries of its three partitions, since a scan reads each event's
/// claim, too.
package struct AnalyticsReader: Sendable {
    /// The three kinds of counters, by which a caller reads less than all, in the order in which they are read.
    package enum Kind: String, Sendable, CaseIterable {
        case revenue = "REVENUE"
        case products = "PRODUCT"
        case orders = "ORDERS"
    }

    /// Days that are read side by side.
    private static let concurrency = 8

    private let client: DynamoDBClient
    private let tableName: String
    private let time: any TimeSource

    /// A reader of the table of that name.
    package init(client: DynamoDBClient, tableName: String, time: any TimeSource) {
        self.client = client
        self.tableName = tableName
        self.time = time
    }

    /// The day's figures.
    package func figures(of day: Day, _ kinds: [Kind] = Kind.allCases) async throws(AWSError) -> DayFigures {
        var items: [AttributeMap] = []
        for kind in Kind.allCases where kinds.contains(kind) {
            try await self.forEachItem(of: "\(kind.rawValue)#\(day.text)") { items.append($0) }
        }
        return DayFigures(items)
    }

    /// The figures of each day of the span, in order; `progress` gets the number of days that are read.
    package func figures(
        of span: DaySpan,
        _ kinds: [Kind] = Kind.allCases,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> [(day: Day, figures: DayFigures)] {
        let days = span.days
        var results: [(day: Day, figures: DayFigures)] = []
        for start in stride(from: 0, to: days.count, by: Self.concurrency) {
            let chunk = days[start..<min(start + Self.concurrency, days.count)]
            results += try await withThrowingTaskGroup(of: (Int, DayFigures).self) { group in
                for index in chunk.indices {
                    group.addTask { (index, try await self.figures(of: days[index], kinds)) }
                }
                var found: [(Int, DayFigures)] = []
                for try await result in group { found.append(result) }
                return found.sorted { $0.0 < $1.0 }.map { (days[$0.0], $0.1) }
            }
            progress(results.count)
        }
        return results
    }

    /// The days that have a row of any kind: a scan of the whole table, for those who do not know which days there may
    /// be.
    package func days() async throws(AWSError) -> Set<Day> {
        let kinds = Kind.allCases.map { "\($0.rawValue)#" }
        var input = ScanInput(
            tableName: self.tableName,
            filterExpression: kinds.indices.map { "begins_with(#pk, :kind\($0))" }.joined(separator: " OR "),
            projectionExpression: "#pk",
            attributes: ExpressionAttributes(
                names: ["#pk": "PK"],
                values: Dictionary(uniqueKeysWithValues: kinds.enumerated().map { (":kind\($0)", .s($1)) })
            )
        )
        var days: Set<Day> = []
        try await self.forEachPage { key throws(AWSError) in
            input.exclusiveStartKey = key
            let page = try await self.client.scan(input, deadline: self.time.now + .seconds(30))
            for item in page.items {
                guard let partition = item["PK"]?.string, let text = partition.split(separator: "#").last,
                    let day = Day(String(text))
                else { continue }
                days.insert(day)
            }
            return page.lastEvaluatedKey
        }
        return days
    }

    /// Reads a partition page by page, consistently.
    private func forEachItem(
        of partition: String,
        _ take: (AttributeMap) -> Void
    ) async throws(AWSError) {
        var input = QueryInput(
            tableName: self.tableName,
            keyConditionExpression: "#pk = :pk",
            attributes: ExpressionAttributes(names: ["#pk": "PK"], values: [":pk": .s(partition)]),
            consistentRead: true
        )
        try await self.forEachPage { key throws(AWSError) in
            input.exclusiveStartKey = key
            let page = try await self.client.query(input, deadline: self.time.now + .seconds(30))
            page.items.forEach(take)
            return page.lastEvaluatedKey
        }
    }

    /// Asks for the page behind each key that `read` gives, and first for one behind none.
    private func forEachPage(
        _ read: (AttributeMap?) async throws(AWSError) -> AttributeMap?
    ) async throws(AWSError) {
        // By their bytes: as texts, the keys of two products with canonically equivalent ids would be one.
        var seen: Set<[UInt8]> = []
        var next = try await read(nil)
        while let key = next {
            var written = JSONWriter()
            AttributeValue.write(key, to: &written)
            guard seen.insert(written.bytes).inserted else {
                throw AWSError(
                    code: .repeatedPage,
                    message: "the service names a page that it has given already, so that the listing would never end",
                    operation: "DynamoDB"
                )
            }
            next = try await read(key)
        }
    }
}
