internal import AWSClient
internal import AWSOperations
internal import Orders
internal import OrdersCommand
internal import Platform
internal import Synchronization
internal import TestSupport
internal import Testing

/// Which of a log's lines are asked for, and how long after a page was last open.
@Suite struct LogSweepTests {
    /// A log group that keeps what it was asked.
    private final class FakeLogs: CloudWatchLogsOperations {
        struct State {
            var events: [LogEvent] = []
            var inputs: [FilterLogEventsInput] = []
            /// Each page has a next one, and none has a line.
            var isEndless = false
            /// Nobody may read it.
            var isRefused = false
        }

        let state = Mutex(State())

        func filterLogEvents(
            _ input: FilterLogEventsInput,
            deadline: UTCInstant?
        ) async throws(AWSError) -> FilterLogEventsOutput {
            let isRefused = self.state.withLock(\.isRefused)
            if isRefused {
                throw AWSError(code: .accessDenied, message: "not allowed", operation: "FilterLogEvents")
            }
            return self.state.withLock { state in
                state.inputs.append(input)
                if state.isEndless { return FilterLogEventsOutput(events: [], nextToken: "\(state.inputs.count)") }
                let start = input.startTime ?? 0
                return FilterLogEventsOutput(events: state.events.filter { $0.timestamp >= start })
            }
        }
    }

    private let logs = FakeLogs()
    private let time = ManualTime()

    private func sweep(minutesAgo minutes: Int64, overlap: Duration = .seconds(120)) -> LogSweep {
        LogSweep(group: "g", phrase: "batch done", since: self.time.now + .seconds(-60 * minutes), overlap: overlap)
    }

    /// The instant in milliseconds, as requests have it.
    private func milliseconds(minutesAgo minutes: Int64) -> Int64 {
        (self.time.now + .seconds(-60 * minutes)).millisecondsSince1970
    }

    private func add(minutesAgo minutes: Int64) {
        let event = Self.event(self.milliseconds(minutesAgo: minutes))
        self.logs.state.withLock { $0.events.append(event) }
    }

    private static func event(_ timestamp: Int64) -> LogEvent {
        let text = #"{"timestamp":"2025-08-27T18:08:00.648Z","message":"batch done","number":\#(timestamp)}"#
        return LogEvent(eventID: "", timestamp: timestamp, message: text)
    }

    private var starts: [Int64] { self.logs.state.withLock { $0.inputs.compactMap(\.startTime) } }

    /// How many lines the next poll gives.
    private func poll(_ sweep: inout LogSweep) async throws -> Int {
        try await sweep.poll(self.logs, now: self.time.now).count
    }

    private func setEndless(_ isEndless: Bool) { self.logs.state.withLock { $0.isEndless = isEndless } }

    @Test func `a search without hits moves on, and leaves time for lines that are found late`() async throws {
        var sweep = self.sweep(minutesAgo: 60)
        let first = try await self.poll(&sweep)
        #expect(first == 0)
        #expect(self.starts == [self.milliseconds(minutesAgo: 60)])
        self.add(minutesAgo: 16)
        let late = try await self.poll(&sweep)
        #expect(late == 1)
        // The overlap of 2 minutes and the 15 of lateness.
        #expect(self.starts.last == self.milliseconds(minutesAgo: 17))
        let again = try await self.poll(&sweep)
        #expect(again == 0)
    }

    @Test func `a search with hits goes on from the newest one, less the overlap`() async throws {
        var sweep = self.sweep(minutesAgo: 60)
        self.add(minutesAgo: 5)
        let found = try await self.poll(&sweep)
        #expect(found == 1)
        let more = try await self.poll(&sweep)
        #expect(more == 0)
        #expect(self.starts.last == self.milliseconds(minutesAgo: 7))
    }

    /// Two lines of one millisecond, without ids, that are canonically equivalent.
    private func addEquivalentLines(_ phrase: String) {
        let timestamp = self.milliseconds(minutesAgo: 5)
        let lines = Fixtures.equivalentTexts.map { id in
            let members = #""timestamp":"2025-08-27T18:03:00.000Z","message":"\#(phrase)","event_id":"\#(id)""#
            return LogEvent(eventID: "", timestamp: timestamp, message: "{\(members)}")
        }
        self.logs.state.withLock { $0.events = lines }
    }

    @Test func `lines that are canonically equivalent are two`() async throws {
        var sweep = self.sweep(minutesAgo: 60)
        self.addEquivalentLines("batch done")
        let found = try await self.poll(&sweep)
        #expect(found == 2)
    }

    @Test func `notifications of changes whose ids are canonically equivalent are two`() async throws {
        let (store, today) = (DashboardStore(), try #require(Day("2025-08-27")))
        var feed = self.feed(["PremiumOrdersProcessor"])
        self.addEquivalentLines("premium order shipped")
        try await feed.poll(into: store)
        let view = store.view(DaySelection(), today: today)
        #expect(view["functions"]?["PremiumOrdersProcessor"]?["notified"] == "2")
        guard case .object(let rows)? = view["premium"] else {
            Issue.record("no notifications")
            return
        }
        #expect(rows.count == 2)
    }

    @Test func `behind a page that was cut off the rest is read, however old`() async throws {
        var sweep = self.sweep(minutesAgo: 60)
        let first = self.milliseconds(minutesAgo: 60)
        self.logs.state.withLock { $0.events = (0..<Int64(10_000)).map { Self.event(first + $0) } }
        let cut = try await self.poll(&sweep)
        #expect(cut == 10_000)
        #expect(sweep.isBehind)
        let rest = try await self.poll(&sweep)
        #expect(rest == 0)
        #expect(self.starts.last == first + 9_999)
    }

    @Test func `after a long time without polls what is not shown any more is not read`() async throws {
        var sweep = self.sweep(minutesAgo: 10)
        _ = try await self.poll(&sweep)
        self.time.jumpWallClock(by: .seconds(3 * 3_600))
        sweep.skip(to: self.time.now + .seconds(-600))
        _ = try await self.poll(&sweep)
        #expect(self.starts.last == self.milliseconds(minutesAgo: 10))
        // Never back.
        sweep.skip(to: self.time.now + .seconds(-7_200))
        _ = try await self.poll(&sweep)
        #expect(self.starts.last == self.milliseconds(minutesAgo: 10))
    }

    @Test func `pages go on over several polls, and begin anew only once they are far behind`() async throws {
        var sweep = self.sweep(minutesAgo: 10)
        self.setEndless(true)
        _ = try await self.poll(&sweep)
        #expect(sweep.isBehind)
        let start = self.milliseconds(minutesAgo: 10)
        self.time.jumpWallClock(by: .seconds(600))
        sweep.skip(to: self.time.now + .seconds(-600))
        _ = try await self.poll(&sweep)
        let tokens = self.logs.state.withLock { $0.inputs.compactMap(\.nextToken) }
        #expect(tokens == (1...9).map { "\($0)" })
        #expect(self.starts.allSatisfy { $0 == start })
        self.time.jumpWallClock(by: .seconds(1))
        sweep.skip(to: self.time.now + .seconds(-600))
        #expect(!sweep.isBehind)
        self.setEndless(false)
        _ = try await self.poll(&sweep)
        #expect(self.starts.last == self.milliseconds(minutesAgo: 10))
        #expect(!sweep.isBehind)
    }

    private func feed(_ functions: [String], orderReach: Duration = .seconds(600)) -> FunctionsFeed {
        FunctionsFeed(
            client: self.logs,
            groups: Dictionary(functions.map { ($0, $0) }) { first, _ in first },
            outcomes: OrderOutcomes(),
            time: self.time,
            pace: .aws,
            overlap: .seconds(120),
            orderReach: orderReach
        )
    }

    private func lastStart(_ phrase: String) -> Int64? {
        self.logs.state.withLock { $0.inputs.last { $0.filterPattern == "\"\(phrase)\"" }?.startTime }
    }

    @Test func `a day without a page open does not have to be read before the next one`() async throws {
        let store = DashboardStore()
        var feed = self.feed(["NormalOrdersProcessor"])
        try await feed.poll(into: store)
        // The clock begins at 18:08: midnight is 1,088 minutes back.
        #expect(self.lastStart("batch done") == self.milliseconds(minutesAgo: 1_088))
        #expect(self.lastStart("normal order processed") == self.milliseconds(minutesAgo: 10))
        self.time.jumpWallClock(by: .seconds(86_400))
        try await feed.poll(into: store)
        #expect(self.lastStart("batch done") == self.milliseconds(minutesAgo: 1_088))
        #expect(self.lastStart("normal order processed") == self.milliseconds(minutesAgo: 10))
        // At 00:08 the last hour is of two days.
        self.time.jumpWallClock(by: .seconds(6 * 3_600))
        try await feed.poll(into: store)
        #expect(self.lastStart("batch done") == self.milliseconds(minutesAgo: 60))
    }

    @Test func `orders' own lines are read from as far back as their stream`() async throws {
        var feed = self.feed(["NormalOrdersProcessor", "PremiumOrdersProcessor"], orderReach: .seconds(86_400))
        try await feed.poll(into: DashboardStore())
        #expect(self.lastStart("normal order processed") == self.milliseconds(minutesAgo: 1_440))
        #expect(self.lastStart("premium order shipped") == self.milliseconds(minutesAgo: 1_440))
    }

    @Test func `what could not be read is not called nothing`() async throws {
        let (store, today) = (DashboardStore(), try #require(Day("2025-08-27")))
        var feed = self.feed(["OrderWriter", "PremiumOrdersProcessor"])
        self.logs.state.withLock { $0.isRefused = true }
        await #expect(throws: AWSError.self) { try await feed.poll(into: store) }
        let unread = store.view(DaySelection(), today: today)
        #expect(unread["minutes"] == nil && unread["premium"] == nil)
        #expect(unread["logs"]?["state"] == "behind")
        self.logs.state.withLock { $0.isRefused = false }
        try await feed.poll(into: store)
        let read = store.view(DaySelection(), today: today)
        #expect(read["minutes"] == .object([:]) && read["premium"] == .object([:]))
        #expect(read["logs"]?["state"] == "read")
    }

    @Test func `the page is told while earlier lines are still being read`() async throws {
        let (store, today) = (DashboardStore(), try #require(Day("2025-08-27")))
        var feed = self.feed(["OrderWriter"])
        self.setEndless(true)
        try await feed.poll(into: store)
        #expect(store.view(DaySelection(), today: today)["logs"]?["state"] == "behind")
        self.setEndless(false)
        try await feed.poll(into: store)
        #expect(store.view(DaySelection(), today: today)["logs"]?["state"] == "read")
    }
}
