package import Orders

/// Which days an audit can judge, and from where it has to read the archive for them.
///
/// The archive is ordered by when records arrived. An order of a day may have arrived before that day, since clocks may go ahead,
/// and whether it counts at all depends on what arrived within the lifetime of a claim before it.
package struct AuditReach: Sendable {
    /// For how many days before its own an order may come: `MaximumClockAheadHours`.
    private let daysAhead: Int
    /// For how many days a claim tells repetitions; 0 where nothing remembers events.
    private let claimDays: Int

    /// `lifetime` is that of claims, in seconds.
    package init(maximumHoursAhead: Int, lifetime: Int64) {
        self.daysAhead = (maximumHoursAhead + 23) / 24
        self.claimDays = Int((lifetime + 86_399) / 86_400)
    }

    /// The day of arrival from which the archive is read for orders of `day`, two days' margin included; nil where there is none
    /// so early.
    package func firstArrival(for day: Day) -> Day? {
        day.adding(days: -(self.claimDays + self.daysAhead + 2))
    }

    /// The first day for which nothing has to be read that arrived up to `arrival`; nil where there is none so late.
    package func firstDay(behind arrival: Day) -> Day? {
        arrival.adding(days: self.claimDays + self.daysAhead + 3)
    }

    /// The first day of which an archive has all orders that has all that arrived from `arrival` on.
    func firstWholeDay(from arrival: Day) -> Day? {
        arrival.adding(days: self.daysAhead)
    }

    /// The first day whose rows may be set to what an archive adds up to that has all that arrived from `arrival` on.
    ///
    /// An order without a date counts on the day of its first record. Where that has expired, a repetition which the archive still
    /// has would be taken for the first, and be added to another day.
    func firstRepairableDay(from arrival: Day) -> Day? {
        self.firstWholeDay(from: arrival)?.adding(days: self.claimDays)
    }
}
