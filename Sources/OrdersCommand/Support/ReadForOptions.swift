internal import ArgumentParser

/// How long a command reads shards that give no record: an option of `doctor`, `show` and `explain`.
struct ReadForOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "How long shards of the order stream are read that give no record, all of them together.",
            valueName: "seconds"
        )
    )
    var readFor = 10

    /// The time that was asked for.
    var duration: Duration { .seconds(self.readFor) }

    func validate() throws {
        guard (0...1_000_000).contains(self.readFor) else {
            throw ValidationError("--read-for must be between 0 and 1000000 seconds.")
        }
    }
}
