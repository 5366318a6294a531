internal import AWSClient
internal import ArchiveAccounts
internal import OrdersCommand
internal import Testing

/// What the page gets of a day's rows.
@Suite struct SalesFeedTests {
    private static func product(_ id: String, units: String, revenue: String) -> AttributeMap {
        [
            "PK": .s("PRODUCT#2026-03-01"), "SK": .s(id), "OrderCount": .n("1"), "Units": .n(units),
            "Revenue": .n(revenue),
        ]
    }

    @Test func `products whose ids are canonically equivalent are two, each with its own figures`() {
        let ids = Fixtures.equivalentTexts
        let products = DayFigures([
            Self.product(ids[0], units: "30", revenue: "300"), Self.product(ids[1], units: "50", revenue: "500"),
        ])
        let value = SalesFeed.value(DayFigures(), products: products)
        #expect(value["productCount"] == "2")
        #expect(value["products"]?["USD \(ids[0])"]?["units"] == "30")
        #expect(value["products"]?["USD \(ids[1])"]?["units"] == "50")
        #expect(value["products"]?["USD \(ids[1])"]?["id"] == .text(ids[1]))
    }

    @Test func `rows that cannot be read are counted once each, whichever reading finds them`() {
        let damaged: [AttributeMap] = Fixtures.equivalentTexts.map { ["PK": .s("PRODUCT#2026-03-01"), "SK": .s($0)] }
        let value = SalesFeed.value(DayFigures([damaged[0]]), products: DayFigures(damaged))
        #expect(value["damagedRows"] == "2")
    }
}
