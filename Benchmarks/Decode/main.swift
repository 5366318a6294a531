import BenchmarkSupport
import Glibc

// DecodeBenchmark ours|foundation EVENT…: decodes the events' bytes when asked to.
//
// One request a line on stdin, "<index of the event> <times>"; one answer a line on stdout, "<CPU time in ns>
// <checksum>". So the report can let several processes take turns, and none is measured while it starts.
// DecodeBenchmark ours --once TIMES EVENT: does so once and ends, for counting instructions.

let arguments = CommandLine.arguments.dropFirst()
guard let name = arguments.first, let side = DecodingSide(rawValue: name), arguments.count > 1 else {
    print("usage: DecodeBenchmark ours|foundation [--once TIMES] EVENT…")
    exit(2)
}
if arguments.dropFirst().first == "--once" {
    guard arguments.count == 4, let times = Int(arguments[3]) else { exit(2) }
    let measurement = try Measurement(of: side, event: FileBytes.read(arguments[4]), times: times)
    print(measurement.checksum)
    exit(0)
}
let events = try arguments.dropFirst().map { try FileBytes.read($0) }
while let line = readLine() {
    let words = line.split(separator: " ").compactMap { Int($0) }
    guard words.count == 2, events.indices.contains(words[0]) else { exit(2) }
    let measurement = try Measurement(of: side, event: events[words[0]], times: words[1])
    print(measurement.nanoseconds, measurement.checksum)
    fflush(nil)
}
