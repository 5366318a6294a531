internal import AWSClient
internal import ArchiveAccounts
package import ArgumentParser
internal import Foundation
internal import Orders
internal import Platform

/// `orders report`: what was sold, out of the Analytics table.
package struct ReportCommand: ParsableCommand {
    /// The command's name and its help.
    package static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Shows revenue, orders and best-selling products of a UTC day, or of several.",
        discussion: """
            Sums are exact, and each currency stands for itself. Revenue is gross: the orders' amounts as \
            they were sent. An order belongs to the UTC day of its createdUtc. It needs cloudformation:DescribeStacks, \
            cloudformation:ListStackResources and dynamodb:Query of the Analytics table.
            """
    )

    /// How the report is written.
    package enum Format: String, ExpressibleByArgument, CaseIterable {
        /// For people.
        case table
        /// For a spreadsheet.
        case csv
        /// For programs.
        case json

        /// How many products of each currency there are without `--top`; nil for all.
        ///
        /// People see in a table that there are more; a file is taken for the whole.
        package var defaultTop: Int? { self == .table ? 10 : nil }
    }

    @Option(help: ArgumentHelp("The UTC day, as 2025-08-27; default: today.", valueName: "day"))
    var day: String?

    @Option(help: ArgumentHelp("The first UTC day of a span.", valueName: "day"))
    var from: String?

    @Option(help: ArgumentHelp("The last UTC day of a span, itself included; default: today.", valueName: "day"))
    var to: String?

    @Option(
        help: ArgumentHelp(
            "How many products of each currency; 0 for none; default: 10 in a table, else all.",
            valueName: "number"
        )
    )
    var top: Int?

    @Option(help: ArgumentHelp("table, for people; csv; or json.", valueName: "format"))
    var format = Format.table

    @OptionGroup var options: StackOptions

    /// A span of more days would take thousands of requests.
    private static let maximumDays = 3_660

    /// The command before its arguments are parsed.
    package init() {}

    /// Refuses options that do not go together, and days that are none.
    package func validate() throws {
        if let top, top < 0 { throw ValidationError("--top must be a number of products, or 0.") }
        _ = try self.span(today: Day(SystemClock.now))
    }

    /// Prints the report of the days that are asked for.
    package func run() throws {
        let span = try self.span(today: Day(SystemClock.now))
        let variables = ProcessInfo.processInfo.environment
        let environment = self.options.environment(variables)
        let loop = EventLoop()
        let access = try AWSAccess(environment: environment, loop: loop)
        let top = self.top ?? self.format.defaultTop
        let (stack, kinds) = (
            self.options.stack, AnalyticsReader.Kind.allCases.filter { top != 0 || $0 != .products }
        )
        let days = try loop.run {
            let resources = try StackResources(try await access.stack(name: stack, withStreams: false))
            let reader = AnalyticsReader(
                client: DynamoDBClient(session: access.session),
                tableName: resources.analyticsTable,
                time: access.time
            )
            let progress = ProgressNote(unit: "days read", total: span.count)
            do {
                return try await reader.figures(of: span, kinds) { progress.update($0) }
                    .map { ($0.day, $0.figures.withoutTests) }
            } catch let error as AWSError where error.code == .resourceNotFound {
                throw ToolError.failed(
                    "the stack's Analytics table \(resources.analyticsTable) is gone; scripts/deploy, or locally "
                        + "scripts/local stop and start, makes an empty one"
                )
            }
        }
        let report = SalesReport(span: span, days: days, top: top)
        switch self.format {
        case .table:
            let lines = report.lines(Terminal.standardOutput(variables))
            try Console.result(lines.joined(separator: "\n").utf8)
        case .csv: try Console.result(report.csvLines.joined(separator: "\n").utf8)
        case .json: try Console.result(report.json)
        }
        guard report.total.damagedRows.isEmpty else {
            for row in report.total.damagedRows { Console.note("left out: \(TerminalText.escaped(row))") }
            throw ToolError.failed(
                "the sums are too small by \(report.total.damagedRows.count.counting("row")) of the Analytics table that "
                    + "this version cannot read; look at what was left out, and delete or repair it"
            )
        }
    }

    private func span(today: Day) throws -> DaySpan {
        let span = try DayArguments.span(day: self.day, from: self.from, to: self.to) ?? DaySpan(today)
        guard span.count <= Self.maximumDays else {
            throw ValidationError("\(span.count) days are more than \(Self.maximumDays), ten years: ask for fewer.")
        }
        return span
    }
}
