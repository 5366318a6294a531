package import Orders

/// What of a row's sum are events that count a second time: the first of their ids counted before, and its claim had
/// ended, or nothing remembers events.
///
/// Whether they counted when they came goes by the parameters of then, which nothing tells.
package struct SecondCounts: Sendable, Equatable {
    /// Their sum.
    package let delta: CounterDelta
    /// When the first of them arrived, in milliseconds since 1970.
    package let firstArrival: Int64
    /// When the last of them arrived, in milliseconds since 1970.
    package let lastArrival: Int64

    private init(_ delta: CounterDelta, firstArrival: Int64, lastArrival: Int64) {
        self.delta = delta
        self.firstArrival = firstArrival
        self.lastArrival = lastArrival
    }

    /// One event that adds `delta` to the row, and arrived so many milliseconds after 1970.
    package init(_ delta: CounterDelta, arrival: Int64) {
        self.init(delta, firstArrival: arrival, lastArrival: arrival)
    }

    /// These events and others.
    package func adding(_ other: SecondCounts) -> SecondCounts {
        SecondCounts(
            // Where it has too many digits, so has the sum of the row, which is told.
            (try? self.delta.adding(other.delta)) ?? self.delta,
            firstArrival: min(self.firstArrival, other.firstArrival),
            lastArrival: max(self.lastArrival, other.lastArrival)
        )
    }
}
