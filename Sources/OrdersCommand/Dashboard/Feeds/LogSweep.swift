internal import AWSClient
internal import AWSOperations
internal import Platform

/// Follows the lines of one log group that have a phrase in them, each line once.
struct LogSweep: Sendable {
    /// Pages of one poll: what is older than today's first page is read in several.
    private static let maximumPages = 5
    /// Lines that one page has at most, by AWS's limit; the local AWS names no next page behind them.
    private static let pageLimit = 10_000

    let group: String
    let phrase: String
    /// Lines come to be found late and not in order: so much of what was read is read again.
    let overlap: Duration
    /// Milliseconds since 1970.
    private var start: Int64
    private var newest: Int64
    private var token: String?
    /// Lines that may be read again, and when they were written.
    private var seen: [String: Int64] = [:]

    init(group: String, phrase: String, since start: UTCInstant, overlap: Duration) {
        self.group = group
        self.phrase = phrase
        self.overlap = overlap
        self.start = start.millisecondsSince1970
        self.newest = self.start
    }

    /// Lines that were not there before.
    mutating func poll(_ client: CloudWatchLogsClient, deadline: UTCInstant) async throws -> [FunctionLine] {
        var lines: [FunctionLine] = []
        for _ in 0..<Self.maximumPages {
            let input = FilterLogEventsInput(
                logGroupName: self.group,
                startTime: self.start,
                filterPattern: "\"\(self.phrase)\"",
                nextToken: self.token
            )
            let page: FilterLogEventsOutput
            do {
                page = try await client.filterLogEvents(input, deadline: deadline)
            } catch {
                // A token is good for a day. After one that is refused the next poll begins at the start again.
                if !error.isRetryable { self.token = nil }
                // These lines are in `seen`, so that no later poll gives them.
                guard lines.isEmpty else { return lines }
                throw error
            }
            for event in page.events where self.seen.updateValue(event.timestamp, forKey: Self.key(event)) == nil {
                self.newest = max(self.newest, event.timestamp)
                // The phrase may stand elsewhere in a line, too.
                if let line = FunctionLine(event), line.message == self.phrase { lines.append(line) }
            }
            self.token = page.nextToken
            if page.nextToken == nil {
                self.advance(isCutOff: page.events.count >= Self.pageLimit)
                break
            }
        }
        return lines
    }

    private mutating func advance(isCutOff: Bool) {
        let overlap = isCutOff ? 0 : self.overlap.nanoseconds / 1_000_000
        let start = max(self.start, self.newest - overlap)
        self.start = start
        self.seen = self.seen.filter { $0.value >= start }
    }

    /// The local AWS gives lines no ids; a function's lines differ by their request and time.
    private static func key(_ event: LogEvent) -> String {
        event.eventID.isEmpty ? event.message : event.eventID
    }
}
