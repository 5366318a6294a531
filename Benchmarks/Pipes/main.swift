// What `orders pipes` costs: filtering one record, and the memory for a long stream.
//
// Usage: PipesBenchmark RECORDS.json LENGTH < patterns (one a line, a blank line behind each Pipe's). RECORDS.json is the
// array that a Pipe sends, LENGTH the stream's. Prints one JSON object; Benchmarks/Reports/pipes.py has the aims.

import EventPatterns
import Glibc
import JSONText
import PipesRunner

func standardInputPipes() throws -> [FilterCriteria] {
    var pipes: [FilterCriteria] = []
    var patterns: [EventPattern] = []
    while let line = readLine() {
        if line.isEmpty {
            pipes.append(try FilterCriteria(patterns))
            patterns = []
        } else {
            patterns.append(try EventPattern(parsing: line))
        }
    }
    return pipes
}

/// The processor's time of this process, so that others on the machine count little.
func processorTime() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
}

/// Microseconds that one call of `body` takes, the best of ten rounds.
func cost(rounds count: Int, _ body: (Int) throws -> Void) rethrows -> Double {
    var best = Double.infinity
    for _ in 0..<10 {
        let start = processorTime()
        for index in 0..<count { try body(index) }
        best = min(best, (processorTime() - start) / Double(count))
    }
    return best
}

guard CommandLine.arguments.count == 3, let length = Int(CommandLine.arguments[2]), length > 1 else {
    fail("usage: PipesBenchmark RECORDS.json LENGTH < patterns")
}
let templates = try JSONReader.read(fileBytes(CommandLine.arguments[1])) { reader in
    var records: [[UInt8]] = []
    try reader.readArray { _, reader in records.append(Array(reader.slice(try reader.skip()))) }
    return records
}
let pipes = try standardInputPipes()
guard !templates.isEmpty, !pipes.isEmpty else { fail("no records, or no patterns") }

let source = RecordSource(templates: templates)
let decoded = try (0..<1_000).map { try source.decoded($0).filterInput }
var admitted = 0
let costs = try pipes.map { filters in
    let filtering = cost(rounds: 50_000) { admitted += filters.admits(decoded[$0 % decoded.count]) ? 1 : 0 }
    let whole = try cost(rounds: 5_000) { number in
        admitted += filters.admits(try source.decoded(number).filterInput) ? 1 : 0
    }
    return "{\"filter_us\": \(filtering), \"decode_and_filter_us\": \(whole)}"
}
let stream = try await LongStream(length: length, source: source, filters: pipes[0]).run()
let bytes = templates.reduce(0) { $0 + $1.count } / templates.count
print("{\"record_bytes\": \(bytes), \"pipes\": [\(costs.joined(separator: ", "))], \"stream\": \(stream)}")
