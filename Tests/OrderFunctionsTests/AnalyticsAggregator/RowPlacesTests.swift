import OrderFunctions
import Orders
import TestSupport
import Testing

/// Where the rows of a batch stand by their keys.
@Suite struct RowPlacesTests {
    private static func keys(_ count: Int) throws -> [CounterKey] {
        let day = try #require(Timestamp("2025-08-27T18:08:00Z")).day
        return try (0..<count).map { .product(day, try #require(Identifier("P\($0)")), .usd) }
    }

    @Test func `each key keeps its place, however many there are`() throws {
        let keys = try Self.keys(2_000)
        var places = RowPlaces(reservingCapacity: 0)
        for (place, key) in keys.enumerated() {
            #expect(places.insert(key, place) { keys[$0] } == place)
        }
        for (place, key) in keys.enumerated() {
            #expect(places.insert(key, 5_000) { keys[$0] } == place)
        }
    }

    @Test func `the kind, the day and the currency tell rows apart`() throws {
        let days = try ["2025-08-27T00:00:00Z", "2025-08-28T00:00:00Z"].map { try #require(Timestamp($0)).day }
        let euro = try #require(Currency("EUR"))
        let id = try #require(Identifier("P"))
        var keys: [CounterKey] = []
        for day in days {
            keys += [.orders(day), .revenue(day, .usd), .revenue(day, euro)]
            keys += [.product(day, id, .usd), .product(day, id, euro)]
        }
        var places = RowPlaces(reservingCapacity: keys.count)
        for (place, key) in keys.enumerated() { #expect(places.insert(key, place) { keys[$0] } == place) }
        for (place, key) in keys.enumerated() {
            #expect(keys.indices.filter { keys[$0] == key } == [place])
        }
    }
}
