internal import LambdaRuntime
package import Orders

/// How an order's lines are found in a log.
package enum LineSearch: Sendable, Equatable {
    /// By the order's id.
    case id
    /// By the ids of its changes: the log masks the order's id, and may show another's as the same text.
    case changes
    /// Not at all: the log masks the order's id, and no change of the order is known.
    case impossible
}

/// Finds in a processor's log what it did for orders.
///
/// A log masks ids as it masks any text: one of 14 to 19 digits may look like the number of a card.
package struct ProcessingLines: Sendable {
    private static let messages = ["normal order processed", "premium order shipped"]

    private let ids: Set<OrderID>
    /// The ids of the changes that are known, by order id.
    private let changes: [OrderID: Set<ExactText>]
    /// Order ids by what a log shows of them.
    private let shown: [ExactText: [OrderID]]

    /// A search for the lines of these orders; `changes` has the ids of what is known of their changes, by order id.
    package init(of ids: Set<OrderID>, changes: [OrderID: Set<ExactText>] = [:]) {
        self.ids = ids
        self.changes = changes
        self.shown = Dictionary(grouping: ids) { ExactText(PersonalData.masked($0.text)) }
    }

    /// How the lines of an order are found.
    package func search(for id: OrderID) -> LineSearch {
        if ExactText(PersonalData.masked(id.text)) == ExactText(id.text) { return .id }
        return self.changes[id]?.isEmpty ?? true ? .impossible : .changes
    }

    /// Whether the lines of any of the orders can be found.
    package var isPossible: Bool { self.ids.contains { self.search(for: $0) != .impossible } }

    /// What CloudWatch Logs filters the lines of a single order by; nil where that takes all lines.
    package var pattern: String? {
        guard self.ids.count == 1, let id = self.ids.first else { return nil }
        switch self.search(for: id) {
        case .id: return FunctionLogReader.pattern(for: id.text)
        case .changes:
            // The line of a change has its id beside the masked one.
            guard let changes = self.changes[id], changes.count == 1 else { return nil }
            return changes.first.flatMap { FunctionLogReader.pattern(for: $0.text) }
        case .impossible: return nil
        }
    }

    /// By order id; a change that came again counts once, as receivers of notifications take it.
    package func processings(in lines: [FunctionLogLine]) -> [OrderID: [OrderExplanation.Pipe.Processing]] {
        var found: [OrderID: [OrderExplanation.Pipe.Processing]] = [:]
        var told: [OrderID: Set<ExactText>] = [:]
        for line in lines {
            guard let message = line["message"], Self.messages.contains(message), let shown = line["order_id"] else {
                continue
            }
            let eventID = line["event_id"].flatMap { $0.isEmpty ? nil : ExactText($0) }
            for id in self.shown[ExactText(shown)] ?? [] where self.isAbout(id, eventID) {
                if let eventID, !told[id, default: []].insert(eventID).inserted { continue }
                found[id, default: []].append(.init(eventID: eventID?.text, timestamp: line.timestamp))
            }
        }
        return found
    }

    /// Whether a line that shows the order's id as logs do is about the order.
    private func isAbout(_ id: OrderID, _ eventID: ExactText?) -> Bool {
        switch self.search(for: id) {
        case .id: true
        case .changes: eventID.flatMap { self.changes[id]?.contains($0) } ?? false
        case .impossible: false
        }
    }
}
