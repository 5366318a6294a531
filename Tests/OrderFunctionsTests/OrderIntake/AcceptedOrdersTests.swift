import AWSClient
import Foundation
import Orders
import TestSupport
import Testing

/// What the intake accepts no later function refuses.
@Suite struct AcceptedOrdersTests {
    /// An order of which each member is one of many spellings, right or nearly right.
    private struct GeneratedOrder {
        private static let ids = [
            #""A-17""#, "17", #""café 😀""#, #""m\ud83d""#, #""""#, "true", "17.0", "-1", "null", #""\u0000""#,
            #""a\/b""#, #"" ""#, #"" p1 ""#,
            "\"" + String(repeating: "x", count: 128) + "\"", "\"" + String(repeating: "é", count: 129) + "\"",
            "\"" + String(repeating: "😀", count: 128) + "\"", "999999999999999999999999", "\"#EUR\"", #""TOTAL""#,
        ]
        private static let amounts = [
            "250.50", #""250.50""#, #"" 250.5 ""#, "2.505e2", "0", "999999999999999999.999999999", "19.989999999999998",
            "1.0000000001", "1e400", "-5", #""1,5""#, #""""#, "null", "true", "1e-9", "1500.9999999999998", "-0", "100",
            "1000",
        ]
        private static let currencies = [#""EUR""#, #""usd""#, #""Jpy""#, #""""#, #""EURO""#, "null", "840", #""KWD""#]
        private static let instants = [
            #""2025-08-27T18:08:00.6483458Z""#, #""2025-08-27 18:08""#, #""2025-08-28T18:02:59Z""#,
            #""2025-08-28T18:08:00Z""#,
            #""1999-12-31T23:59:59.9Z""#, #""2000-01-01T00:00:00Z""#, "1756318080", "null", #""2025-02-29T00:00:00Z""#,
            #""2025-08-27T20:08:00+02:00""#,
        ]
        private static let quantities = ["1", "2.0", #""3""#, "0", "null", "-1", "1.5", "999999999999999999", #""x""#]
        private static let texts = [#""web""#, "null", #""""#, "5", #""\ud83d""#, "{}"]

        /// The last one is deeper than the functions behind the stream read an event.
        private static let nested = [2, 126, 127].map { depth in
            String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
        }

        let json: String

        init(using generator: inout some RandomNumberGenerator) {
            var members: [String] = []
            // Most members are right, or hardly an order would be accepted.
            func add(_ name: String, _ values: [String], right: Int, always: Bool = false) {
                guard always || Int.random(in: 0..<3, using: &generator) > 0 else { return }
                let isRight = Int.random(in: 0..<12, using: &generator) > 0
                let value = isRight ? values[..<right] : values[...]
                members.append(#""\#(name)":\#(value.randomElement(using: &generator) ?? "null")"#)
            }
            add("OrderId", Self.ids, right: 3)
            add("UserId", Self.ids, right: 3)
            add("TotalAmount", Self.amounts, right: 7, always: true)
            add("Currency", Self.currencies, right: 3)
            add("createdUtc", Self.instants, right: 3)
            add("Channel", Self.texts, right: 3)
            add("Notes", Self.texts + Self.nested, right: Self.texts.count + 2)
            let products = (0..<Int.random(in: 0..<5, using: &generator)).map { _ in
                Bool.random(using: &generator)
                    ? Self.ids.randomElement(using: &generator) ?? "1"
                    : "\"P\(Int.random(in: 0..<4, using: &generator))\""
            }
            if Int.random(in: 0..<3, using: &generator) > 0 {
                members.append(#""ProductIds":[\#(products.joined(separator: ","))]"#)
            }
            let quantities = (0..<Int.random(in: 0..<4, using: &generator)).map { index in
                let isRight = Int.random(in: 0..<8, using: &generator) > 0
                let quantity = isRight ? Self.quantities[..<3] : Self.quantities[...]
                return "\"P\(index)\":\(quantity.randomElement(using: &generator) ?? "1")"
            }
            if Bool.random(using: &generator) {
                members.append(#""Quantities":{\#(quantities.joined(separator: ","))}"#)
            }
            if Int.random(in: 0..<20, using: &generator) == 0 {
                let names = ["order_id", "user-id", "created_utc", "Product-Ids", "QUANTITIES"]
                members.append("\"\(names.randomElement(using: &generator) ?? "")\":5")
            }
            if Int.random(in: 0..<12, using: &generator) == 0, let repeated = members.randomElement(using: &generator) {
                members.append(repeated)
            }
            self.json = "{" + members.shuffled(using: &generator).joined(separator: " , ") + "}"
        }
    }

    /// Posts random orders, and gives what was accepted as records of the stream.
    private static func accepted(_ count: Int, seed: UInt64) async throws -> (records: [StreamedRecord], refused: Int) {
        var generator = SeededGenerator(seed: seed)
        let intake = try IntakeUnderTest(seed: seed)
        var refused = 0
        for _ in 0..<count {
            let order = GeneratedOrder(using: &generator).json
            let answer = try await intake.send(.order(order))
            if answer.status == 202 { continue }
            #expect(answer.status == 422, "seed \(seed): \(order)")
            refused += 1
        }
        let records = intake.stream.stored.enumerated().map { StreamedRecord($0, $1.data) }
        return (records, refused)
    }

    @Test(arguments: [1, 2, UInt64.random(in: 3...UInt64.max)])
    func `no later function refuses what was accepted`(seed: UInt64) async throws {
        let (records, refused) = try await Self.accepted(400, seed: seed)
        #expect(records.count > 100 && refused > 40, "seed \(seed): \(records.count) accepted, \(refused) refused")

        let aggregator = try AggregatorFixture()
        #expect(try await aggregator.deliver(records) == [], "seed \(seed)")
        #expect(aggregator.sqs.sent.isEmpty, "seed \(seed): \(aggregator.sqs.sent)")
        let totals = aggregator.rows.filter { $0.key.hasPrefix("ORDERS#") }.values
        #expect(totals.compactMap { $0["TotalOrders"].flatMap { Int($0) } }.reduce(0, +) == records.count)
        #expect(totals.compactMap { $0["SuccessfulOrders"].flatMap { Int($0) } }.reduce(0, +) == records.count)

        let archiver = try ArchiverFixture()
        #expect(try await archiver.deliver(records) == [], "seed \(seed)")
        let lines = try archiver.archived
        #expect(lines.count == records.count)
        #expect(lines.allSatisfy { $0.order["verdict"] == "accepted" }, "seed \(seed)")
    }
}
