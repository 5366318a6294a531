internal import Simulation

let count = CommandLine.arguments.count > 1 ? Int(CommandLine.arguments[1]) ?? 10 : 10
let first = CommandLine.arguments.count > 2 ? UInt64(CommandLine.arguments[2]) ?? 0 : 0
let player = Player()
let start = ContinuousClock.now
var failed = 0
for seed in 0..<UInt64(count) {
    let result = player.play(Script(seed: first + seed, functions: [.aggregator]), isNarrated: CommandLine.arguments.count > 3)
    for line in result.story { print(line) }
    if CommandLine.arguments.count > 3 { print(first + seed, String(result.hash, radix: 16), result.counts["requests"] ?? 0, result.seconds) }
    if !result.hasPassed { failed += 1; if failed < 20 { print(first + seed, result.complaints.prefix(4)) } }
}
print(failed, "failed", ContinuousClock.now - start)
