import LambdaEvents
import OrderFunctions
import Testing

/// The attributes by which a row knows how far it has counted.
@Suite struct RowPositionTests {
    @Test func `each shard of each stream has a name of its own, of a few bytes`() {
        var names: Set<String> = []
        for stream in ["orders", "orders-2"] {
            for shardID in (0..<200).map({ "shardId-\(String(1_000_000_000_000 + $0).dropFirst())" }) + [
                "", "shardId-1", "shardId-00000000000x", "redrive-1-shardId-000000000000-495",
            ] {
                let name = AnalyticsTable.positionAttribute(stream: stream, shardID: shardID)
                #expect(names.insert(name).inserted, "\(stream) \(shardID)")
                #expect(name.utf8.count <= 37)
            }
        }
        #expect(AnalyticsTable.positionAttribute(stream: "orders", shardID: "shardId-000000000007").utf8.count == 13)
    }

    @Test func `the positions of redrives are told from those of the stream's shards`() {
        for shardID in ["shardId-000000000000", "shardId-000000000017", "redrive-1-shardId-000000000017-495"] {
            let name = AnalyticsTable.positionAttribute(stream: "orders", shardID: shardID)
            #expect(AnalyticsTable.isPositionOfRedrive(name) == shardID.hasPrefix("redrive-"))
        }
        for other in ["at:", "TotalOrders", "x", "format"] { #expect(!AnalyticsTable.isPositionOfRedrive(other)) }
    }

    @Test func `the order of stored numbers as text is the order of the numbers`() {
        let numbers = ["0", "7", "12", "99", "100", "99999999999999999999", "100000000000000000000"]
        let stored = numbers.compactMap { SequenceNumber($0)?.sortable }
        #expect(stored == stored.sorted())
        #expect(stored.compactMap { SequenceNumber(sortable: $0)?.text } == numbers)
        #expect(SequenceNumber("007")?.sortable == SequenceNumber("7")?.sortable)
        for damaged in ["", "0017x", "0027", "00107", "12"] { #expect(SequenceNumber(sortable: damaged) == nil) }
    }
}
