/// All that a run is made of: its seed, and where it is not the seed that decides, what is sent and what goes wrong.
package struct Script: Sendable, Equatable {
    package var seed: UInt64
    /// The functions that run.
    package var functions: Set<FunctionName>
    /// The numbers of the records that are sent; nil for all of the seed's.
    package var records: [Int]?
    /// What goes wrong; nil for what the seed draws.
    package var faults: [FaultStep]?

    package init(seed: UInt64, functions: Set<FunctionName> = Set(FunctionName.allCases)) {
        self.seed = seed
        self.functions = functions
    }

    /// The script as a file holds it; `words` gives a record's content for the reader.
    package func text(_ words: (Int) -> String?) -> String {
        var lines = ["seed \(self.seed)"]
        lines.append("functions " + self.functions.map(\.rawValue).sorted().joined(separator: " "))
        for record in self.records ?? [] { lines.append("record \(record)" + (words(record).map { "  # " + $0 } ?? "")) }
        for fault in self.faults ?? [] { lines.append("fault " + fault.text) }
        if self.faults == nil { lines.append("faults as drawn") }
        return lines.joined(separator: "\n") + "\n"
    }

    /// Reads what `text` wrote; `#` begins a comment. Throws a `ScriptError` that names the line at fault.
    package init(text: String) throws {
        self.init(seed: 0)
        var faults: [FaultStep] = []
        var isDrawn = false
        for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let content = line.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)[0]
            let words = content.split(separator: " ").map(String.init)
            guard let first = words.first else { continue }
            let rest = words.dropFirst().joined(separator: " ")
            switch first {
            case "seed":
                guard let seed = UInt64(rest) else { throw ScriptError(number + 1, "a seed is a whole number") }
                self.seed = seed
            case "functions":
                self.functions = Set(
                    try words.dropFirst().map { name in
                        guard let function = FunctionName(rawValue: name) else {
                            throw ScriptError(number + 1, "there is no function \(name)")
                        }
                        return function
                    }
                )
            case "record":
                guard let record = Int(rest) else { throw ScriptError(number + 1, "a record is named by its number") }
                self.records = (self.records ?? []) + [record]
            case "fault":
                guard let fault = FaultStep(text: rest) else {
                    throw ScriptError(number + 1, "expected SOURCE, delivery N[, request N]: FAULT")
                }
                faults.append(fault)
            case "faults": isDrawn = true
            default: throw ScriptError(number + 1, "expected seed, functions, record or fault")
            }
        }
        self.faults = isDrawn ? nil : faults
    }
}

/// Why a file is no script.
package struct ScriptError: Error, CustomStringConvertible {
    package let description: String

    init(_ line: Int, _ problem: String) { self.description = "line \(line): \(problem)" }
}

/// What came of a run.
package struct RunResult: Sendable {
    package let script: Script
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
    /// How long the run took in its own time, in seconds.
    package let seconds: Double

    package var hasPassed: Bool { self.complaints.isEmpty }
}
