/// The mappings of a stream's shards to functions, each of which begins when those of the shards that its shard was made
/// of are done.
struct StreamMappings {
    private let workload: Workload
    private let world: World

    init(_ workload: Workload, _ world: World) {
        self.workload = workload
        self.world = world
    }

    /// The shards' records, but for those that left the stream before they were delivered.
    func shards(without lost: [SentRecord]) -> [[SentRecord]] {
        let numbers = Set(lost.map(\.number))
        return self.workload.shards.map { shard in shard.filter { !numbers.contains($0.number) } }
    }

    func mappings(
        _ function: FunctionName,
        kind: String = "shard",
        without lost: [SentRecord] = [],
        limits: KinesisMapping.Limits = KinesisMapping.Limits()
    ) -> [KinesisMapping] {
        self.shards(without: lost).enumerated().map { number, records in
            KinesisMapping(
                Source(function, kind, number),
                records,
                self.world,
                limits: limits
            )
        }
    }

    /// Starts the mappings of one function.
    func start(_ mappings: [KinesisMapping]) {
        for (number, mapping) in mappings.enumerated() where self.workload.parents[number].isEmpty {
            self.start(mapping, number, of: mappings)
        }
    }

    private func start(_ mapping: KinesisMapping, _ number: Int, of mappings: [KinesisMapping]) {
        self.world.time.start {
            await mapping.run()
            for (child, parents) in self.workload.parents.enumerated() where parents.contains(number) {
                guard parents.allSatisfy({ mappings[$0].isDone }) else { continue }
                self.start(mappings[child], child, of: mappings)
            }
        }
    }
}
