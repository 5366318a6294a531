internal import ArgumentParser
internal import Foundation
internal import SimulatedAWS
internal import Simulation

/// `scripts/simulate`.
struct SimulateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scripts/simulate",
        abstract: "Plays the pipeline in virtual time, every interleaving and every fault decided by a seed.",
        discussion: """
            The handlers are the ones of the bootstraps; AWS is a model in this process. After each step and at the end \
            everything is compared with an oracle that saw only what was sent. A seed that fails is made smaller, and \
            written as a script that --replay runs. docs/simulation.md says more. Exit 1 if a seed fails, 2 if a \
            script passes of which not everything happened.
            """
    )

    @Option(help: "How many seeds.")
    var seeds: UInt64?

    @Option(help: "The first of them. By default it is drawn, and printed.")
    var firstSeed: UInt64?

    @Option(help: "Play seeds for that many minutes; with --seeds no more than those.")
    var minutes: Double?

    @Option(
        name: .customLong("function"),
        help: "Only this function; may be repeated: \(FunctionName.allCases.map(\.rawValue).joined(separator: ", "))."
    )
    var functions: [FunctionName] = []

    @Option(help: "Threads that play side by side.")
    var jobs = 2

    @Option(
        help: """
            Instead of seeds, what an outage or a reshard comes to, in figures: \
            \(Scenario.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )
    var scenario: Scenario?

    @Flag(help: "Print the hash of all that happened, SEED HASH a line: the same seed has the same hash everywhere.")
    var hashes = false

    @Flag(help: "Tell each run step by step.")
    var verbose = false

    @Option(help: "Run a script that an earlier failure was written to.", completion: .file())
    var replay: String?

    @Option(help: "Where scripts of failures are written.", completion: .directory)
    var directory = ".local/simulation"

    @Option(
        help: """
            Break a promise of the simulated AWS, to see that seeds fail without it: \
            \(Weakness.allCases.map(\.rawValue).joined(separator: ", ")).
            """
    )
    var weaken: Weakness?

    @Flag(help: ArgumentHelp("Answer requests of standard input, line by line.", visibility: .private))
    var answerLines = false

    @Flag(inversion: .prefixedNo, help: "Make failures smaller.")
    var shrink = true

    func validate() throws {
        guard self.jobs >= 1 else { throw ValidationError("--jobs must be at least 1") }
        if self.replay != nil, self.seeds != nil || self.minutes != nil || self.firstSeed != nil {
            throw ValidationError("--replay takes its seed from the script")
        }
        if self.scenario != nil, self.seeds != nil || self.weaken != nil || !self.functions.isEmpty {
            throw ValidationError("--scenario is one run of all functions: not with --seeds, --weaken or --function")
        }
        let seeds = self.seeds ?? Self.usualSeeds
        guard seeds >= 1 else { throw ValidationError("--seeds must be at least 1") }
        guard !(self.firstSeed ?? Self.drawnSeeds).addingReportingOverflow(seeds).overflow else {
            throw ValidationError("the last seed must be less than \(UInt64.max)")
        }
    }

    /// How many seeds are played where nothing says how many or how long.
    private static let usualSeeds: UInt64 = 1_000
    /// The first seed is less than that where it is drawn.
    private static let drawnSeeds: UInt64 = 1_000_000_000

    func run() throws {
        if self.answerLines { return try AnswerLines.run() }
        CrashNote.install()
        if let replay { return try self.play(script: replay) }
        if let scenario {
            for line in scenario.lines(seed: self.firstSeed ?? 1) { print(line) }
            return
        }
        let first = self.firstSeed ?? UInt64.random(in: 0..<Self.drawnSeeds)
        let count = self.seeds ?? (self.minutes == nil ? Self.usualSeeds : nil)
        if !self.hashes {
            let last = count.map { " to \(first + $0 - 1)" } ?? " on"
            print("Seeds \(first)\(last); one of them again: scripts/simulate --seeds 1 --first-seed SEED --verbose")
        }
        let session = SeedSession(
            first: first,
            count: count,
            seconds: self.minutes.map { $0 * 60 },
            functions: self.functions.isEmpty ? nil : Set(self.functions),
            weakness: self.weaken,
            isNarrated: self.verbose,
            jobs: self.jobs
        )
        var report = SeedReport()
        var shown = 0.0
        session.play { result in
            if self.hashes { print("\(result.script.seed) \(String(result.hash, radix: 16))") }
            for line in result.story { print(line) }
            report.add(result)
            if !result.hasPassed { self.show(result, report.failed.count) }
            if !self.hashes, session.seconds - shown > Self.progressSeconds {
                shown = session.seconds
                print("\(report.played) seeds, \(report.failed.count) failed")
            }
            // Lines come out as they are made, in a pipe as well.
            fflush(nil)
        } late: { seed, seconds in
            let words = "seed \(seed) goes on for \(seconds) s already; it may never end\n"
            FileHandle.standardError.write(Data(words.utf8))
        }
        report.seconds = session.seconds
        if !self.hashes { print(report.text, terminator: "") }
        if !report.failed.isEmpty { throw ExitCode(1) }
    }

    private static let progressSeconds = 10.0

    private func play(script path: String) throws {
        let text: String
        do {
            text = try String(contentsOfFile: path, encoding: .utf8)
        } catch {
            throw ValidationError("\(path) cannot be read")
        }
        let script: Script
        do {
            script = try Script(text: text)
        } catch {
            throw ValidationError("\(path), \(error)")
        }
        let result = Player(weakness: self.weaken).play(script, isNarrated: true)
        for line in result.story { print(line) }
        for complaint in result.complaints { print("! \(complaint)") }
        for line in result.missing { print("! did not happen: \(line)") }
        guard result.hasPassed else {
            print("failed")
            throw ExitCode(1)
        }
        guard result.missing.isEmpty else {
            print("passed, but not all of the script happened")
            throw ExitCode(2)
        }
        print("passed")
    }

    /// Failures that are made smaller; of more, only the seeds are told.
    private static let mostShrunk = 5

    private func show(_ result: RunResult, _ number: Int) {
        print("Seed \(result.script.seed) failed:")
        for complaint in result.complaints.prefix(8) { print("  \(complaint)") }
        guard self.shrink, number <= Self.mostShrunk else { return }
        var shrinker = Shrinker(
            player: Player(weakness: self.weaken),
            sound: self.weaken == nil ? nil : Player()
        )
        let smallest = shrinker.shrink(result)
        let path = "\(self.directory)/seed-\(result.script.seed).script"
        do {
            try FileManager.default.createDirectory(atPath: self.directory, withIntermediateDirectories: true)
            try smallest.scriptText.write(toFile: path, atomically: true, encoding: .utf8)
        } catch {
            print("  its script cannot be written to \(path): \(error)")
        }
        print("  It takes no more than this (scripts/simulate --replay \(path) tells it step by step):")
        for line in smallest.scriptText.split(separator: "\n") { print("    \(line)") }
        for complaint in smallest.complaints.prefix(4) { print("  → \(complaint)") }
    }
}

extension FunctionName: ExpressibleByArgument {}
extension Scenario: ExpressibleByArgument {}
extension Weakness: ExpressibleByArgument {}
