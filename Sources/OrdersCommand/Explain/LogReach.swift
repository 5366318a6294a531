internal import Platform

/// Which part of the functions' logs was read, beyond which their silence says nothing.
package struct LogReach: Sendable, Equatable {
    /// With more spans than these a sentence is no longer read.
    private static let maximumNamedSpans = 3

    /// The spans of time, oldest first, none of which touches another.
    package let windows: [HourWindow]
    /// Whether a log has more lines in them than were read.
    package var isCutOff: Bool

    /// A reading of these spans of time, which may overlap.
    package init(_ windows: [HourWindow], isCutOff: Bool = false) {
        self.windows = HourWindow.joined(windows)
        self.isCutOff = isCutOff
    }

    /// `from … to …`, as it stands behind what was not found.
    package var text: String {
        var text = self.windows.map { "from \($0.from.iso8601) to \($0.to.iso8601)" }.joined(separator: " and ")
        if self.windows.count > Self.maximumNamedSpans, let first = self.windows.first, let last = self.windows.last {
            text = "in \(self.windows.count) spans of time from \(first.from.iso8601) to \(last.to.iso8601)"
        }
        return self.isCutOff ? text + ", as far as it was read" : text
    }
}
