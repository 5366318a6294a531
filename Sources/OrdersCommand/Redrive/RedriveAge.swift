internal import OrderFunctions
package import Platform

/// Whether the counters still remember all that a redriven record may repeat.
///
/// Claims are kept for as long as a record of the stream can be refused and its letter redriven, by the retention at the time
/// that they are put. A letter that is refused again is sent anew, with 14 days of its own, so that its record may become
/// older than that.
package struct RedriveAge: Sendable {
    /// How old a record may be.
    private let limit: Duration

    /// `retention` is for how long the stream keeps a record.
    package init(retention: Duration) {
        self.limit = retention + AnalyticsTable.letterRetention
    }

    /// Why a record that the stream received then cannot be counted any more; nil if it can.
    package func refusal(arrival: UTCInstant, now: UTCInstant) -> String? {
        guard arrival + self.limit < now else { return nil }
        let days = self.limit.components.seconds / 86_400
        return "its record came into the stream more than \(days) days ago, so that what counted for it may be "
            + "forgotten and count twice: docs/operate.md says what to do with it"
    }
}
