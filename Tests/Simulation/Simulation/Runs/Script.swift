/// All that a run is made of: its seed, and where it is not the seed that decides, what is sent and what goes wrong.
package struct Script: Sendable, Equatable {
    package var seed: UInt64
    /// The functions that run.
    package var functions: Set<FunctionName>
    /// The numbers of the records that are sent; nil for all of the seed's.
    package var records: [Int]?
    /// The numbers of the messages that are sent; nil for all of the seed's.
    package var messages: [Int]?
    /// The numbers of the requests to `OrderIntake`; nil for all of the seed's.
    package var posts: [Int]?
    /// What goes wrong; nil for what the seed draws.
    package var faults: [FaultStep]?

    /// All of a seed, with the functions that it draws unless these are given.
    package init(seed: UInt64, functions: Set<FunctionName>? = nil) {
        self.seed = seed
        self.functions = functions ?? FunctionName.drawn(seed)
    }

    /// The script as a file holds it; the words give a record's, a message's and a post's content for the reader.
    package func text(
        record: (Int) -> String?,
        message: (Int) -> String?,
        post: (Int) -> String?
    ) -> String {
        var lines = ["seed \(self.seed)"]
        lines.append("functions " + self.functions.map(\.rawValue).sorted().joined(separator: " "))
        if self.records == nil { lines.append("records as drawn") }
        for number in self.records ?? [] {
            lines.append("record \(number)" + (record(number).map { "  # " + $0 } ?? ""))
        }
        if self.messages == nil { lines.append("messages as drawn") }
        for number in self.messages ?? [] {
            lines.append("message \(number)" + (message(number).map { "  # " + $0 } ?? ""))
        }
        if self.posts == nil { lines.append("posts as drawn") }
        for number in self.posts ?? [] { lines.append("post \(number)" + (post(number).map { "  # " + $0 } ?? "")) }
        for fault in self.faults ?? [] { lines.append("fault " + fault.text) }
        if self.faults == nil { lines.append("faults as drawn") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads what `text` wrote; `#` begins a comment.
    ///
    /// Throws a `ScriptError` that names the line at fault, or says that there is none with a seed.
    package init(text: String) throws {
        self.init(seed: 0)
        var seed: UInt64?
        var functions: Set<FunctionName>?
        var (records, messages, posts, faults): ([Int]?, [Int]?, [Int]?, [FaultStep]?) = ([], [], [], [])
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
            let words = content.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            let rest = words.dropFirst().joined(separator: " ")
            switch first {
            case "seed":
                guard let value = UInt64(rest) else { throw ScriptError(number + 1, "a seed is a whole number") }
                if seed != nil { throw ScriptError(number + 1, "a script has one seed") }
                seed = value
            case "functions":
                functions = Set(
                    try words.dropFirst().map { name in
                        guard let function = FunctionName(rawValue: name) else {
                            throw ScriptError(number + 1, "there is no function \(name)")
                        }
                        return function
                    }
                )
            case "record": records = (records ?? []) + [try Self.number(rest, line: number + 1)]
            case "message": messages = (messages ?? []) + [try Self.number(rest, line: number + 1)]
            case "post": posts = (posts ?? []) + [try Self.number(rest, line: number + 1)]
            case "fault":
                guard let fault = FaultStep(text: rest) else {
                    throw ScriptError(number + 1, "expected SOURCE, delivery N[, request N]: FAULT")
                }
                faults = (faults ?? []) + [fault]
            case "records" where rest == "as drawn": records = nil
            case "messages" where rest == "as drawn": messages = nil
            case "posts" where rest == "as drawn": posts = nil
            case "faults" where rest == "as drawn": faults = nil
            default: throw ScriptError(number + 1, "expected seed, functions, record, message, post or fault")
            }
        }
        guard let known = seed else { throw ScriptError("a script begins with its seed: seed N") }
        self.seed = known
        self.functions = functions ?? FunctionName.drawn(known)
        (self.records, self.messages, self.posts, self.faults) = (records, messages, posts, faults)
    }

    private static func number(_ text: String, line: Int) throws -> Int {
        guard let number = Int(text) else { throw ScriptError(line, "expected a number of a record, message or post") }
        return number
    }
}

/// Why a file is no script.
package struct ScriptError: Error, CustomStringConvertible {
    package let description: String

    init(_ line: Int, _ problem: String) { self.init("line \(line): \(problem)") }

    init(_ problem: String) { self.description = problem }
}

/// What came of a run.
package struct RunResult: Sendable {
    package var script: Script
    /// What is wrong, in words; empty where the run passed.
    package let complaints: [String]
    /// The hash of all that happened.
    package let hash: UInt64
    /// How often everything occurred, by its words.
    package let counts: [String: Int]
    /// The faults that happened, in their order.
    package let faults: [FaultStep]
    /// The story, where it was asked for.
    package let story: [String]
    /// The records that were sent, in words, by their numbers.
    package let records: [(number: Int, words: String)]
    /// The messages that were sent, in words, by their numbers.
    package let messages: [(number: Int, words: String)]
    /// The requests to `OrderIntake`, in words, by their numbers.
    package let posts: [(number: Int, words: String)]
    /// How long the run took in its own time, in seconds.
    package let seconds: Double

    package var hasPassed: Bool { self.complaints.isEmpty }

    /// What the script names and the run did not have, as lines of the script.
    ///
    /// Where there is any, that the run passed says little.
    package var missing: [String] {
        let faults = Set(self.faults)
        var missing = Self.missing("record", self.script.records, self.records)
        missing += Self.missing("message", self.script.messages, self.messages)
        missing += Self.missing("post", self.script.posts, self.posts)
        for fault in self.script.faults ?? [] where !faults.contains(fault) { missing.append("fault \(fault.text)") }
        return missing
    }

    private static func missing(_ noun: String, _ wanted: [Int]?, _ sent: [(number: Int, words: String)]) -> [String] {
        let numbers = Set(sent.map(\.number))
        return (wanted ?? []).filter { !numbers.contains($0) }.map { "\(noun) \($0)" }
    }

    /// The script of the run as a file holds it, its records in words.
    package var scriptText: String {
        self.script.text(
            record: { number in self.records.first { $0.number == number }?.words },
            message: { number in self.messages.first { $0.number == number }?.words },
            post: { number in self.posts.first { $0.number == number }?.words }
        )
    }
}
