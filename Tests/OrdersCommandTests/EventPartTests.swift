import ArchiveAccounts
import Foundation
import OrderFunctions
import Orders
import OrdersCommand
import Testing

struct EventPartTests {
    private static let day = Day(number: 20_250_827)

    private static func event(_ number: Int, of keys: Int) throws -> CountedEvent {
        CountedEvent(
            key: EventKey(EventMarker(id: try #require(Identifier("order-\(number % keys)")))),
            arrival: Int64(number),
            content: 1,
            record: UInt64(number),
            place: LinePlace(object: 0, line: UInt32(number)),
            rows: [CounterRow(.orders(Self.day), .orders(total: 1, successful: 1))]
        )
    }

    @Test(arguments: [(3_000, 1_000, 2_000), (20, 20, 1), (20, 1, 1), (0, 1, 1)])
    func `a file of any size is summed in pieces that have all events of their keys`(
        events: Int,
        keys: Int,
        piece: Int
    ) throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let file = folder.appendingPathComponent("events-0")
        var (written, further) = (EventBytes(), EventBytes())
        for number in 0..<events {
            // A few are not in the file.
            if number % 10 == 0 {
                further.append(try Self.event(number, of: keys))
            } else {
                written.append(try Self.event(number, of: keys))
            }
        }
        try Data(written.bytes).write(to: file)
        var part = EventPart(path: file.path, piece: piece)
        part.further = further.bytes

        var counters = RebuiltCounters()
        var pieces = 0
        try part.forEachPiece { events in
            counters.add(events, lifetime: 1_000_000)
            pieces += 1
        }
        #expect(counters.summary.counted == min(events, keys))
        #expect(counters.summary.repetitions == events - min(events, keys))
        #expect(pieces > 1 || written.bytes.count <= piece)
        // What was divided is gone.
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["events-0"])
    }
}
