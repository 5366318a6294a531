internal import Platform

/// Where was looked, so that nobody takes "not found" for "not there".
struct SearchScope: Sendable {
    let stored: OrderSearch.Found
    /// Records of the table's stream that were read; nil where it was not read.
    var changesRead: Int?
    var areChangesCutOff = false
    /// The processors' logs are read for the hours in which the archive is searched, as far as they are kept.
    var logs: LogReach
    /// Whether the logs were not read for what was processed, since nothing in them tells these orders from others.
    var areLogsMasked = false
    /// How many messages of each queue were looked at, and whether there are more.
    var queues: [(name: String, messages: Int, isCutOff: Bool)] = []

    init(stored: OrderSearch.Found, retention: LogReach.Retention?) {
        self.stored = stored
        self.logs = LogReach(stored.windows, retention: retention)
    }

    /// Whether nothing was left out within the span of time.
    var isComplete: Bool {
        self.stored.archive.stoppedAt == nil && self.stored.stream == .whole
            && self.stored.archive.unreadable.isEmpty && !self.areChangesCutOff
            && !self.logs.isCutOff && self.logs.lost == nil && !self.queues.contains(where: \.isCutOff)
    }

    /// The places, and how to look further.
    var lines: [String] {
        var lines = self.stored.lines
        lines.append("Also at \(self.changesText); at \(self.logsText); and into \(self.queueText).")
        if let lostText = self.logs.lostText { lines.append("The processors' logs \(lostText).") }
        if self.areChangesCutOff { lines.append("The table's stream has more changes than were read.") }
        if self.logs.isCutOff {
            lines.append("The logs have more lines than were read: shorten the time by --from and --to.")
        }
        return lines
    }

    private var changesText: String {
        self.changesRead.map { "\($0.counting("change")) of the last 24 hours in the table's stream" }
            ?? "none of the changes in the table's stream, of which this would be a third reader (--changes)"
    }

    private var logsText: String {
        if self.areLogsMasked { return "none of the processors' logs, which mask what was asked for" }
        return self.logs.windows.isEmpty ? "none of the processors' logs" : "the processors' logs \(self.logs.text)"
    }

    private var queueText: String {
        self.queues.map { "\($0.name) (\($0.isCutOff ? "the first " : "")\($0.messages.counting("message")))" }
            .joined(separator: ", ")
    }
}
