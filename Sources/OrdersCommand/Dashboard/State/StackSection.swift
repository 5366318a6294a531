internal import LambdaRuntime
internal import OrderFunctions
package import Orders

/// The name, place and rules of the stack for the page; they do not change while the dashboard runs.
package struct StackSection: Sendable {
    /// As the page's state names the section.
    package static let name = "stack"

    private let stack: DeployedStack
    private let bands: AmountBands
    private let isLocal: Bool

    /// The section of a stack whose parameters give these bands; `isLocal` says whether it is on this machine.
    package init(stack: DeployedStack, bands: AmountBands, isLocal: Bool) {
        self.stack = stack
        self.bands = bands
        self.isLocal = isLocal
    }

    /// The section as the page gets it.
    package var value: DashboardValue {
        [
            "name": .text(self.stack.name), "region": .text(self.stack.region),
            "account": .text(self.stack.accountID), "place": self.isLocal ? "local" : "aws",
            "normalMinimum": .text(self.bands.normalMinimum.text),
            "premiumMinimum": .text(self.bands.premiumMinimum.text),
            "deduplication": .text(self.stack.parameters["Deduplication"] ?? "event"),
            "unlogged": .object(self.unlogged),
        ]
    }

    /// The parameter that keeps a kind of lines out of the functions' logs, by the kind: `batches` and `orders`.
    ///
    /// A kind that is logged has no member. Without its lines the page cannot tell that nothing happened.
    private var unlogged: [ExactText: DashboardValue] {
        let level: LogLevel = self.stack.parameters["LogLevel"].flatMap { LogLevel(name: $0) } ?? .info
        let orderLog: OrderLog = self.stack.parameters["OrderLog"].flatMap { OrderLog(rawValue: $0) } ?? .all
        var unlogged: [ExactText: DashboardValue] = [:]
        // The lines of batches and those of single orders are INFO alike.
        if level > .info { unlogged = ["batches": "LogLevel", "orders": "LogLevel"] }
        if orderLog == .none { unlogged["orders"] = "OrderLog" }
        return unlogged
    }
}
