internal import Synchronization

/// What the processors' logs say of single changes, for the feed of the last orders.
package final class OrderOutcomes: Sendable {
    /// How a processor ended with a change.
    package enum Outcome: Hashable, Sendable { case processed, notified }

    /// More than the last orders have changes.
    private static let limit = 5_000

    private struct State {
        var events: [Outcome: Set<ExactText>] = [:]
        var order: [(Outcome, ExactText)] = []
    }

    private let state = Mutex(State())

    /// Outcomes of no change yet.
    package init() {}

    /// `eventID` is the change's in the table's stream.
    package func note(_ outcome: Outcome, _ eventID: String) {
        let event = ExactText(eventID)
        self.state.withLock { state in
            guard state.events[outcome, default: []].insert(event).inserted else { return }
            state.order.append((outcome, event))
            guard state.order.count > Self.limit else { return }
            let oldest = state.order.removeFirst()
            state.events[oldest.0]?.remove(oldest.1)
        }
    }

    /// Whether the log has that line.
    package func has(_ outcome: Outcome, _ eventID: String) -> Bool {
        self.state.withLock { $0.events[outcome]?.contains(ExactText(eventID)) ?? false }
    }
}
