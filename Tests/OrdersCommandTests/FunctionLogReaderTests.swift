import AWSClient
import AWSOperations
import OrdersCommand
import Platform
import Synchronization
import TestSupport
import Testing

/// Which spans of time of a log are read, and what is said of them.
@Suite struct FunctionLogReaderTests {
    /// A log of one event for each second that is named; a page has two of them.
    private final class FakeLogs: CloudWatchLogsOperations {
        private let seconds: [Int64]
        private let pageLimit: Int
        private let asked = Mutex<[FilterLogEventsInput]>([])

        init(seconds: [Int64], pageLimit: Int = 2) {
            self.seconds = seconds
            self.pageLimit = pageLimit
        }

        /// `from-to` of each request, in seconds.
        var spans: [String] {
            self.asked.withLock { inputs in
                inputs.map { "\(($0.startTime ?? -1) / 1_000)-\(($0.endTime ?? -1) / 1_000)" }
            }
        }

        func filterLogEvents(
            _ input: FilterLogEventsInput,
            deadline: UTCInstant?
        ) async throws(AWSError) -> FilterLogEventsOutput {
            self.asked.withLock { $0.append(input) }
            let (start, end) = (input.startTime ?? 0, input.endTime ?? Int64.max)
            let first = input.nextToken.flatMap { Int($0) } ?? 0
            let matching = self.seconds.filter { $0 * 1_000 >= start && $0 * 1_000 < end }
            let page = matching.dropFirst(first).prefix(self.pageLimit)
            return FilterLogEventsOutput(
                events: page.map { LogEvent(eventID: "\($0)", timestamp: $0 * 1_000, message: "\($0)") },
                nextToken: matching.count > first + 2 && self.pageLimit == 2 ? "\(first + 2)" : nil
            )
        }
    }

    private static func window(_ from: Int64, _ to: Int64) -> HourWindow {
        HourWindow(from: UTCInstant(secondsSince1970: from), to: UTCInstant(secondsSince1970: to))
    }

    private static func read(
        _ logs: FakeLogs,
        _ windows: [HourWindow],
        maximumPages: Int = 10
    ) async throws -> FunctionLogReader.Found {
        let reader = FunctionLogReader(client: logs, time: ManualTime())
        return try await reader.lines(of: "F", group: "g", during: windows, maximumPages: maximumPages)
    }

    @Test func `each span is read, and what two of them share is read once`() async throws {
        let logs = FakeLogs(seconds: [1, 5, 12, 15, 25, 101, 150])
        let windows = [Self.window(100, 200), Self.window(10, 20), Self.window(14, 30), Self.window(150, 160)]
        let found = try await Self.read(logs, windows)
        #expect(found.lines.map(\.text) == ["12", "15", "25", "101", "150"])
        #expect(!found.isCutOff)
        #expect(logs.spans == ["100-200", "10-30", "10-30"])
    }

    @Test func `the limit is that of all spans together, and leaves out the oldest`() async throws {
        let windows = [Self.window(10, 20), Self.window(100, 200)]
        let within = try await Self.read(FakeLogs(seconds: [11, 12, 13, 101]), windows, maximumPages: 2)
        #expect(within.lines.map(\.text) == ["11", "12", "101"])
        #expect(within.isCutOff)
        let recent = try await Self.read(FakeLogs(seconds: [11, 101, 102, 103]), windows, maximumPages: 2)
        #expect(recent.lines.map(\.text) == ["101", "102", "103"])
        #expect(recent.isCutOff)
    }

    @Test func `a full page without a next one may leave lines out, as the local AWS's does`() async throws {
        for (count, isCutOff) in [(9_999, false), (10_001, true)] {
            let logs = FakeLogs(seconds: (1...Int64(count)).map { $0 }, pageLimit: 10_000)
            #expect(try await Self.read(logs, [Self.window(0, 20_000)]).isCutOff == isCutOff)
        }
    }

    @Test func `no time before 1970 is asked for`() async throws {
        let logs = FakeLogs(seconds: [5])
        let found = try await Self.read(logs, [Self.window(-100, -50), Self.window(-10, 20)])
        #expect(found.lines.map(\.text) == ["5"])
        #expect(logs.spans == ["0-20"])
    }

    @Test func `the reach of a search names its spans, but not dozens`() {
        #expect(LogReach([Self.window(0, 1)]).text == "from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:01.000Z")
        let two = LogReach([Self.window(4, 5), Self.window(0, 1), Self.window(1, 2)], isCutOff: true)
        #expect(
            two.text == "from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:02.000Z and "
                + "from 1970-01-01T00:00:04.000Z to 1970-01-01T00:00:05.000Z, as far as it was read"
        )
        let many = LogReach((0..<Int64(4)).map { Self.window($0 * 10, $0 * 10 + 1) })
        #expect(many.text == "in 4 spans of time from 1970-01-01T00:00:00.000Z to 1970-01-01T00:00:31.000Z")
    }

    private static let day: Int64 = 86_400

    /// What a reading of logs that are kept two days says on the third, where something was looked for in these spans.
    private static func reach(_ windows: [HourWindow]) -> LogReach {
        LogReach(windows, retention: LogReach.Retention(days: 2, now: UTCInstant(secondsSince1970: 3 * Self.day)))
    }

    private static let lostText =
        "cannot tell before 1970-01-02T00:00:00.000Z: the logs are kept 2 days (LogRetentionDays)"

    @Test func `what is deleted by now is neither read nor called silent`() {
        let reach = Self.reach([Self.window(10, 20), Self.window(Self.day - 10, Self.day + 10)])
        #expect(reach.windows == [Self.window(Self.day, Self.day + 10)])
        #expect(reach.lostText == Self.lostText)
        let span = "from 1970-01-02T00:00:00.000Z to 1970-01-02T00:00:10.000Z"
        #expect(reach.silence("nothing processed") == "nothing processed \(span); \(Self.lostText)")
        let nothing = Self.reach([Self.window(10, 20), Self.window(30, Self.day)])
        #expect(nothing.windows.isEmpty)
        #expect(nothing.silence("nothing processed") == Self.lostText)
    }

    @Test func `a search as long as the logs are kept has lost nothing`() {
        let reach = Self.reach([Self.window(Self.day, 3 * Self.day)])
        #expect(reach == LogReach([Self.window(Self.day, 3 * Self.day)]))
        #expect(reach.lostText == nil)
        let span = "from 1970-01-02T00:00:00.000Z to 1970-01-04T00:00:00.000Z"
        #expect(reach.silence("nothing processed") == "nothing processed \(span)")
    }

    @Test func `how long logs are kept is the stack's parameter, else the template's default`() throws {
        #expect(try Fixtures.template().logRetentionDays == 30)
        #expect(try Fixtures.template(parameters: ["LogRetentionDays": "7"]).logRetentionDays == 7)
        #expect(try Fixtures.template("Resources:\n  A:\n    Type: B\n").logRetentionDays == nil)
    }
}
