/// The mappings of a stream's shards to functions, each of which begins when those of the shards that its shard was made
/// of are done.
struct StreamMappings {
    private let shards: [ShardRecords]
    /// The shards that each shard was made of.
    private let parents: [[Int]]
    private let world: World

    /// `clients` put more records into shards of their own, behind those of the workload.
    init(_ workload: Workload, _ clients: OrderClients? = nil, _ world: World) {
        self.shards = workload.shards.map { ShardRecords($0) } + (clients?.shards ?? [])
        self.parents = workload.parents + (clients?.parents ?? [])
        self.world = world
    }

    /// The shards' records, but for those that left the stream before they were delivered.
    func shards(without lost: [SentRecord]) -> [[SentRecord]] {
        let numbers = Set(lost.map(\.number))
        return self.shards.map { shard in shard.records.filter { !numbers.contains($0.number) } }
    }

    /// A mapping of each shard, which delivers what comes into it.
    func mappings(
        _ function: FunctionName,
        limits: KinesisMapping.Limits = KinesisMapping.Limits()
    ) -> [KinesisMapping] {
        self.shards.enumerated().map { number, shard in
            KinesisMapping(Source(function, "shard", number), shard, self.world, limits: limits)
        }
    }

    /// Mappings that deliver once more what came into the shards, but for what was lost.
    func replays(_ function: FunctionName, without lost: [SentRecord]) -> [KinesisMapping] {
        self.shards(without: lost).enumerated().map { number, records in
            KinesisMapping(Source(function, "replay", number), ShardRecords(records), self.world)
        }
    }

    /// Starts the mappings of one function.
    func start(_ mappings: [KinesisMapping]) {
        for (number, mapping) in mappings.enumerated() where self.parents[number].isEmpty {
            self.start(mapping, number, of: mappings)
        }
    }

    private func start(_ mapping: KinesisMapping, _ number: Int, of mappings: [KinesisMapping]) {
        self.world.time.start {
            await mapping.run()
            for (child, parents) in self.parents.enumerated() where parents.contains(number) {
                guard parents.allSatisfy({ mappings[$0].isDone }) else { continue }
                self.start(mappings[child], child, of: mappings)
            }
        }
    }
}
