import OrderFunctions
import Testing

/// Shards that share a lane conflict, so lanes are worth what their distribution is.
@Suite struct LaneTests {
    private func lane(_ shard: Int, of lanes: Int) -> Int? {
        let number = String(shard)
        let shardID = "shardId-" + String(repeating: "0", count: 12 - number.utf8.count) + number
        return AnalyticsTable(name: "Analytics", lanes: lanes, markerLifetime: .seconds(1)).lane(of: shardID)
    }

    /// How many of the shards each lane has.
    private func loads(_ shards: some Collection<Int>, lanes: Int) -> [Int] {
        shards.reduce(into: Array(repeating: 0, count: lanes)) { loads, shard in
            loads[self.lane(shard, of: lanes) ?? 0] += 1
        }
    }

    @Test func `one lane is none`() {
        #expect(self.lane(3, of: 1) == nil)
    }

    /// A new stream's shards, and those of one that was doubled or halved as a whole.
    @Test(arguments: 2...64)
    func `shards numbered in a row never share a lane needlessly`(lanes: Int) {
        for first in [0, 1, 4, 12, 1_000, 999_999_999_900] {
            #expect(Set(self.loads(first..<first + lanes, lanes: lanes)) == [1], "from shard \(first)")
            #expect(self.loads(first..<first + lanes + 1, lanes: lanes).max() == 2, "from shard \(first)")
        }
    }

    /// Single shards split and merged: a stream that once had four shards, and what is open now.
    @Test(arguments: [
        // Shard 1 was split into 4 and 5, and 4 into 6 and 7.
        [0, 2, 3, 5, 6, 7],
        // Evenly to six: each split at a new boundary, then 5 and 6, 9 and 10 merged between two of them.
        [4, 7, 8, 11, 12, 13],
        // Shards 0 and 1 were merged, then shard 2 split.
        [3, 4, 5, 6],
    ])
    func `uneven streams stay spread`(shards: [Int]) {
        for lanes in [4, 8, 16] {
            let fair = (shards.count + lanes - 1) / lanes
            #expect(self.loads(shards, lanes: lanes).max() ?? 0 <= fair + 1, "\(lanes) lanes")
        }
    }
}
