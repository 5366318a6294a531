internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import OrderFunctions
internal import Orders
internal import PipesRunner
internal import Platform

/// How many more redriven records the counters of a day have room for.
///
/// A row keeps a place for each redriven record that it has counted, some 96 bytes, and has at most 400 KB. One that is
/// full takes no order any more, of the stream neither, so that its shards would be held.
actor RedriveRoom {
    /// Redriven records of a day that is over, half of what a row has room for.
    static let maximum = 2_000
    /// Of a day that still gets orders: each of its updates costs a write unit for every ten of them.
    static let maximumOfToday = 200

    private let client: DynamoDBClient
    private let tableName: String
    private let decoder: OrderRecordDecoder
    private let age: RedriveAge
    private let time: any TimeSource
    /// The places that are taken, of the days that were looked at.
    private var taken: [Day: Int] = [:]

    init(access: AWSAccess, template: Template) throws {
        self.client = DynamoDBClient(session: access.session)
        self.tableName = try StackResources(template.stack).analyticsTable
        let rules = try CountingRules(template)
        self.decoder = rules.decoder
        self.age = rules.redriveAge
        self.time = access.time
    }

    /// Takes the places that a letter's record needs; gives why not, if the day has none left or the record is too old.
    func take(_ letter: DeadLetterMessage.FunctionLetter, _ record: [UInt8], sent: UTCInstant?) async throws -> String?
    {
        let now = self.time.now
        if let reason = letter.refusal(self.age, now: now) { return reason }
        for (row, count) in letter.rows(record, sent: sent, self.decoder, self.age, now: now) {
            guard case .orders(let day) = row, count.countable > 0 else { continue }
            let taken = try await self.taken(of: day)
            let state = "the counters of \(day.text) have places for \(taken) redriven records"
            if taken >= Self.maximumOfToday, day >= Day(self.time.now) {
                return "\(state), each of which makes every further update of that day dearer: deliver the rest "
                    + "when the day is over"
            }
            guard taken < Self.maximum else {
                return "\(state), and would be full with twice as many: docs/operate.md says how to count "
                    + "the rest at once"
            }
            self.taken[day] = taken + 1
        }
        return nil
    }

    /// The day's row that every order is counted in has the most places.
    private func taken(of day: Day) async throws -> Int {
        if let known = self.taken[day] { return known }
        let key = CounterKey.orders(day)
        let item = try await self.client.getItem(
            GetItemInput(
                tableName: self.tableName,
                key: ["PK": .s(key.partitionKey), "SK": .s(key.sortKey)],
                consistentRead: true
            ),
            deadline: self.time.now + .seconds(30)
        )
        return (item ?? [:]).keys.count { AnalyticsTable.isPositionOfRedrive($0) }
    }
}
