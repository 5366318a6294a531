package import Platform

/// Which part of the functions' logs was read, beyond which their silence says nothing.
package struct LogReach: Sendable, Equatable {
    /// How long logs are kept, behind which there is nothing to read.
    package struct Retention: Sendable, Equatable {
        /// The parameter `LogRetentionDays`.
        package let days: Int
        /// What was written before may be deleted.
        ///
        /// CloudWatch Logs deletes it up to three days late: what is still there of it is not all that there was.
        package let start: UTCInstant

        /// Logs that are kept so many days, as they are at an instant.
        package init(days: Int, now: UTCInstant) {
            self.days = days
            self.start = now + .seconds(-days * 86_400)
        }
    }

    /// With more spans than these a sentence is no longer read.
    private static let maximumNamedSpans = 3

    /// The spans of time in which there are logs, oldest first, none of which touches another.
    package let windows: [HourWindow]
    /// Why a part of the spans that were asked for cannot be read; nil where all of them can.
    package let lost: Retention?
    /// Whether a log has more lines in them than were read.
    package var isCutOff: Bool

    /// A reading of these spans of time, which may overlap, of logs that are kept so long; by default for good.
    package init(_ windows: [HourWindow], retention: Retention? = nil, isCutOff: Bool = false) {
        let joined = HourWindow.joined(windows)
        self.isCutOff = isCutOff
        guard let retention, joined.contains(where: { $0.from < retention.start }) else {
            self.windows = joined
            self.lost = nil
            return
        }
        self.windows = joined.filter { $0.to > retention.start }.map { window in
            HourWindow(from: max(window.from, retention.start), to: window.to)
        }
        self.lost = retention
    }

    /// `from … to …`, as it stands behind what was not found; empty where nothing could be read.
    package var text: String {
        var text = self.windows.map { "from \($0.from.iso8601) to \($0.to.iso8601)" }.joined(separator: " and ")
        if self.windows.count > Self.maximumNamedSpans, let first = self.windows.first, let last = self.windows.last {
            text = "in \(self.windows.count) spans of time from \(first.from.iso8601) to \(last.to.iso8601)"
        }
        return self.isCutOff ? text + ", as far as it was read" : text
    }

    /// `cannot tell before …` and why; nil where the logs reach as far as was asked for.
    package var lostText: String? {
        self.lost.map { lost in
            let days = lost.days.counting("day")
            return "cannot tell before \(lost.start.iso8601): the logs are kept \(days) (LogRetentionDays)"
        }
    }

    /// What was not found, with the part of the logs that was read and the part that is deleted.
    package func silence(_ finding: String) -> String {
        guard let lostText else { return "\(finding) \(self.text)" }
        return self.windows.isEmpty ? lostText : "\(finding) \(self.text); \(lostText)"
    }
}
