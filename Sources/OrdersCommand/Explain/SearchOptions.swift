internal import ArgumentParser
internal import Platform

/// Where and how far a command looks for an order: options of `show` and `explain`.
struct SearchOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Search the archive (explain: and the logs) from then on: a UTC day, an instant, or 7d, 36h, 30m ago; "
                + "default: 24h, and the hours around the row's own times.",
            valueName: "time"
        )
    )
    var from: String?

    @Option(
        help: ArgumentHelp("Search the archive (explain: and the logs) up to then; default: now.", valueName: "time")
    )
    var to: String?

    @Option(help: ArgumentHelp("Objects of the archive to read at most.", valueName: "number"))
    var maxObjects = 5_000

    @OptionGroup var reading: ReadForOptions

    private static let defaultHours: Int64 = 24

    mutating func validate() throws {
        _ = try self.window(now: SystemClock.now)
        if self.maxObjects < 0 { throw ValidationError("--max-objects must not be negative.") }
    }

    /// The span of time.
    func window(now: UTCInstant) throws -> HourWindow {
        let to = try self.to.map { try TimeArgument.required($0, "--to", now: now, endOfDay: true) } ?? now
        let from =
            try self.from.map { try TimeArgument.required($0, "--from", now: now) } ?? to
            + .seconds(-Self.defaultHours * 3_600)
        guard from < to else { throw ValidationError("--from must be before --to, or before now.") }
        return HourWindow(from: from, to: to)
    }
}
