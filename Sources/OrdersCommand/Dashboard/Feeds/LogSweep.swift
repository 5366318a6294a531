internal import AWSClient
package import AWSOperations
package import Platform

/// Follows the lines of one log group that have a phrase in them, each line once.
///
/// It asks for the lines from a start on, page by page, over several polls where there are many, and when all are read
/// moves its start on and asks anew.
package struct LogSweep: Sendable {
    /// Pages of one poll: what is older than today's first page is read in several.
    private static let maximumPages = 5
    /// How late a line may be found after it was written, beside the overlap: CloudWatch promises no time, and in
    /// practice it takes seconds.
    private static let lateness = Duration.seconds(15 * 60)
    /// While pages are being read the start is moved only once it is so far behind.
    ///
    /// Each move begins with the first page again: moved at each poll, a long sweep would never end.
    private static let patience = Duration.seconds(10 * 60)

    private let group: String
    private let phrase: String
    /// Lines come to be found late and not in order: so much of what was read is read again.
    private let overlap: Duration
    /// Milliseconds since 1970, as are the other times here.
    private var start: Int64
    private var newest: Int64
    /// When the first page was asked for of those that are being read.
    private var began: Int64
    private var token: String?
    /// Whether the last page was full and named no next one.
    private var isCutOff = false
    /// Lines that may be read again, and when they were written.
    private var seen: [ExactText: Int64] = [:]

    /// A sweep of the group's lines with that phrase, from `start` on.
    package init(group: String, phrase: String, since start: UTCInstant, overlap: Duration) {
        self.group = group
        self.phrase = phrase
        self.overlap = overlap
        self.start = start.millisecondsSince1970
        self.newest = self.start
        self.began = self.start
    }

    /// Whether lines that are there already have not been read yet.
    package var isBehind: Bool { self.token != nil || self.isCutOff }

    /// Leaves out what is older than the instant: nothing of it is shown any more.
    ///
    /// After hours without a poll that is most of what would be read otherwise, oldest first.
    package mutating func skip(to instant: UTCInstant) {
        let start = instant.millisecondsSince1970
        let slack = self.token == nil ? 0 : Self.milliseconds(Self.patience)
        guard start - self.start > slack else { return }
        // A token holds for the start that it was asked for with.
        (self.token, self.isCutOff) = (nil, false)
        self.move(to: start)
    }

    /// Lines that were not there before.
    package mutating func poll(
        _ client: any CloudWatchLogsOperations,
        now: UTCInstant
    ) async throws -> [FunctionLine] {
        var lines: [FunctionLine] = []
        for _ in 0..<Self.maximumPages {
            if self.token == nil { self.began = now.millisecondsSince1970 }
            let input = FilterLogEventsInput(
                logGroupName: self.group,
                startTime: self.start,
                filterPattern: "\"\(self.phrase)\"",
                nextToken: self.token
            )
            let page: FilterLogEventsOutput
            do {
                page = try await client.filterLogEvents(input, deadline: now + .seconds(30))
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
                self.advance(isCutOff: page.events.count >= FilterLogEventsOutput.maximumEvents)
                break
            }
        }
        return lines
    }

    private mutating func advance(isCutOff: Bool) {
        self.isCutOff = isCutOff
        // There are more lines from the newest on.
        if isCutOff { return self.move(to: self.newest) }
        // Without a single hit, too, everything from before the first page was asked for has been read.
        self.newest = max(self.newest, self.began - Self.milliseconds(Self.lateness))
        self.move(to: self.newest - Self.milliseconds(self.overlap))
    }

    private mutating func move(to start: Int64) {
        let start = max(self.start, start)
        self.start = start
        self.newest = max(self.newest, start)
        self.seen = self.seen.filter { $0.value >= start }
    }

    private static func milliseconds(_ duration: Duration) -> Int64 { duration.nanoseconds / 1_000_000 }

    /// The local AWS gives lines no ids; a function's lines differ by their request and time.
    private static func key(_ event: LogEvent) -> ExactText {
        ExactText(event.eventID.isEmpty ? event.message : event.eventID)
    }
}
