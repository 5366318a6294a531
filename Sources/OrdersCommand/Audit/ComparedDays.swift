package import Orders

/// Which days an audit compares.
package struct ComparedDays: Sendable, Equatable {
    /// The days.
    package let days: Set<Day>
    /// The first whole day, where days before it are left out; nil where none is.
    package let leftOutBefore: Day?

    /// Days that were asked for: all of them, whole or not.
    package init(_ span: DaySpan) {
        self.days = Set(span.days)
        self.leftOutBefore = nil
    }

    /// Those of `all` that are whole, where no days were asked for.
    package init(wholeOf all: Set<Day>, in extent: ArchiveExtent) {
        self.days = all.filter(extent.isWhole)
        self.leftOutBefore = self.days.count < all.count ? extent.firstWholeDay : nil
    }

    /// Whether there are days, and not one of them is compared, so that nothing is proven.
    package var areAllLeftOut: Bool { self.days.isEmpty && self.leftOutBefore != nil }

    /// What is left out, for people; none where all is compared.
    package var lines: [String] {
        guard let leftOutBefore else { return [] }
        return ["days before \(leftOutBefore.text) are left out: the archive no longer has all that came for them"]
            + (self.areAllLeftOut ? ["No day is compared: name days by --day or --from."] : [])
    }
}
