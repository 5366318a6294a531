package import Orders

/// Which days an audit compares.
package struct ComparedDays: Sendable, Equatable {
    /// The days.
    package let days: Set<Day>
    /// The first whole day, where days before it are left out; nil where none is.
    package let leftOutBefore: Day?
    /// The first whole day, where days before it are compared, since they were asked for; nil where none is.
    private let partialBefore: Day?
    /// Whether somebody has named the days.
    private let wereAskedFor: Bool
    /// The day on which the archive was read.
    private let today: Day

    /// Days that were asked for: all of them, whole or not.
    package init(_ span: DaySpan, in extent: ArchiveExtent) {
        self.days = Set(span.days)
        self.leftOutBefore = nil
        self.partialBefore = extent.isWhole(span.first) ? nil : extent.firstWholeDay
        self.wereAskedFor = true
        self.today = extent.today
    }

    /// Those of `all` that are whole, where no days were asked for.
    package init(wholeOf all: Set<Day>, in extent: ArchiveExtent) {
        self.days = all.filter(extent.isWhole)
        self.leftOutBefore = self.days.count < all.count ? extent.firstWholeDay : nil
        self.partialBefore = nil
        self.wereAskedFor = false
        self.today = extent.today
    }

    /// Whether there are days, and not one of them is compared, so that nothing is proven.
    package var areAllLeftOut: Bool { self.days.isEmpty && self.leftOutBefore != nil }

    /// What is left out or not whole, for people; none where all is compared, and whole.
    package var lines: [String] {
        if let partialBefore {
            return ["days before \(partialBefore.text) are not whole: \(Self.reason)"]
        }
        guard let leftOutBefore else { return [] }
        let line = "days before \(leftOutBefore.text) are left out: \(Self.reason)"
        guard self.areAllLeftOut else { return [line] }
        return [
            line,
            leftOutBefore <= self.today
                ? "No day is compared: name days by --from \(leftOutBefore.text)."
                : "No day is compared: none is whole yet.",
        ]
    }

    /// The last line where nothing is wrong with the rows that were compared, of which there are so many.
    ///
    /// Days of which neither side has a row prove nothing: they may be of another year, or of another stack.
    package func conclusion(rows: Int) -> String {
        self.wereAskedFor && rows == 0
            ? "No row of these days, in the archive or in the table." : "Everything agrees."
    }

    private static let reason = "the archive may no longer have all that came for them"
}
