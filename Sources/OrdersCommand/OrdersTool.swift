package import ArgumentParser

/// The command-line tool of the order-event pipeline.
package struct OrdersTool: ParsableCommand {
    /// The tool's name, its help and its commands.
    package static let configuration = CommandConfiguration(
        commandName: "orders",
        abstract: "Runs and inspects the order-event pipeline, locally and on AWS.",
        discussion: "What a stack costs, part by part, says scripts/orders cost, which needs no Swift.",
        subcommands: [
            InvokeCommand.self, PipesCommand.self, SendCommand.self, PatternCommand.self, RedriveCommand.self,
            ReportCommand.self, ShowCommand.self, ExplainCommand.self, TailCommand.self, DashboardCommand.self,
            RebuildCommand.self, AuditCommand.self, ReplayCommand.self, DoctorCommand.self,
        ]
    )

    /// The tool before its arguments are parsed.
    package init() {}
}
