package import Orders
internal import Platform

/// The orders that changed last, each with its way through the pipeline: stored, processed, notified.
///
/// It performs no I/O: changes and the processors' log lines are given to it.
package struct LastOrders: Sendable {
    /// Orders that are shown.
    private static let limit = 30

    /// How far a change came with one of the two processors.
    private enum Step: Sendable {
        /// The function's rules take the change with this event id; its log line has the end.
        case expected(event: String)
        case skipped(SkipReason)
        /// The image cannot be read: a dead letter of the Pipe.
        case refused
    }

    private struct Row: Sendable {
        let id: ExactText
        var amount: String
        var currency: String
        var status: String
        var at: String
        var changes: Int
        /// Grows with each change: the page sorts by it.
        var number: Int
        var normal: Step
        var premium: Step
    }

    private let rules: OrderRules
    private var rows: [Row] = []
    private var number = 0

    /// A list without orders; `rules` decide which processor each is for.
    package init(rules: OrderRules) {
        self.rules = rules
    }

    /// Takes the next change of the table.
    package mutating func take(_ change: OrderChange) {
        let known = self.rows.firstIndex { $0.id == change.orderID }
        let previous = known.map { self.rows.remove(at: $0) }
        guard let order = change.order else { return }
        self.number += 1
        let read = try? order.get()
        self.rows.append(
            Row(
                id: change.orderID,
                amount: read?.routing.amount?.text ?? "",
                currency: read?.currency?.text ?? (read?.routing.amount == nil ? "" : Currency.usd.text),
                status: read?.routing.status?.text ?? "",
                at: change.instant?.iso8601 ?? previous?.at ?? "",
                changes: (previous?.changes ?? 0) + 1,
                number: self.number,
                normal: self.normalStep(change, order),
                premium: self.premiumStep(change, order, previous?.premium)
            )
        )
        if self.rows.count > Self.limit { self.rows.removeFirst() }
    }

    private func normalStep(_ change: OrderChange, _ order: Result<OrderImage, OrderError>) -> Step {
        do {
            switch try self.rules.normalDecision(change: change.kind, order: order.map(\.routing)) {
            case .process: return .expected(event: change.eventID)
            case .skip(let reason): return .skipped(reason)
            }
        } catch {
            return .refused
        }
    }

    /// An order that was shipped stays so: a later change takes nothing of it back.
    private func premiumStep(_ change: OrderChange, _ order: Result<OrderImage, OrderError>, _ previous: Step?) -> Step
    {
        do {
            let decision = try self.rules.premiumDecision(
                change: change.kind,
                oldImage: change.oldImage?[...],
                order: order
            )
            switch decision {
            case .process: return .expected(event: change.eventID)
            case .skip(let reason):
                if let previous, case .expected = previous { return previous }
                return .skipped(reason)
            }
        } catch {
            return .refused
        }
    }

    /// The rows as the page gets them.
    package func value(_ outcomes: OrderOutcomes) -> DashboardValue {
        var values: [ExactText: DashboardValue] = [:]
        for row in self.rows {
            values[row.id] = [
                "amount": .text(row.amount), "currency": .text(row.currency), "status": .text(row.status),
                "at": .text(row.at), "changes": .count(row.changes), "number": .count(row.number),
                "normal": Self.value(row.normal) { outcomes.has(.processed, $0) },
                "premium": Self.value(row.premium) { outcomes.has(.notified, $0) },
            ]
        }
        return .object(values)
    }

    private static func value(_ step: Step, isDone: (String) -> Bool) -> DashboardValue {
        switch step {
        case .expected(let event): ["state": isDone(event) ? "done" : "expected"]
        case .skipped(let reason): ["state": "skipped", "reason": .text(reason.rawValue)]
        case .refused: ["state": "refused"]
        }
    }
}
