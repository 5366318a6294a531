internal import AWSClient
internal import ArchiveAccounts
internal import Orders
internal import OrdersCommand
internal import Testing

/// What the feeds put in, and what each page takes out.
@Suite struct DashboardStoreTests {
    private let today: Day
    private let store = DashboardStore()

    init() throws {
        self.today = try #require(Day("2026-03-01"))
    }

    @Test func `a page sees its day and the day before, whatever day it is`() throws {
        let (_, _) = try #require(self.store.join(DaySelection(), today: self.today))
        #expect(self.store.followedDays(today: self.today).map(\.text).sorted() == ["2026-02-28", "2026-03-01"])
        #expect(
            self.store.followedDays(today: try #require(self.today.adding(days: 1))).map(\.text).sorted()
                == ["2026-03-01", "2026-03-02"]
        )
        self.store.set(self.today, ["orders": ["total": "5"]], figures: DayFigures())
        let view = self.store.view(DaySelection(), today: self.today)
        #expect(view["day"] == "2026-03-01")
        #expect(view["otherDay"] == "2026-02-28")
        #expect(view["figures"]?["orders"]?["total"] == "5")
        #expect(view["otherFigures"] == [:])
    }

    @Test func `a page may compare any two days`() throws {
        let selection = DaySelection(day: Day("2024-02-29"), comparedWith: Day("2020-01-01"))
        _ = try #require(self.store.join(selection, today: self.today))
        #expect(self.store.followedDays(today: self.today).map(\.text).sorted() == ["2020-01-01", "2024-02-29"])
    }

    @Test func `what nobody looks at is forgotten and not read`() throws {
        #expect(!self.store.hasViewers)
        let (id, _) = try #require(self.store.join(DaySelection(), today: self.today))
        #expect(self.store.hasViewers)
        self.store.set(self.today, ["orders": ["total": "5"]], figures: DayFigures())
        self.store.leave(id)
        #expect(!self.store.hasViewers)
        #expect(self.store.followedDays(today: self.today).isEmpty)
        #expect(self.store.view(DaySelection(), today: self.today)["figures"] == [:])
    }

    @Test func `a change wakes every page once, and no change wakes none`() async throws {
        let (id, changes) = try #require(self.store.join(DaySelection(), today: self.today))
        self.store.set("queues", ["OrderQueue": "1"])
        self.store.set("queues", ["OrderQueue": "2"])
        self.store.set("queues", ["OrderQueue": "2"])
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() != nil)
        self.store.set("queues", ["OrderQueue": "2"])
        self.store.report("queues", failure: nil)
        self.store.leave(id)
        #expect(await iterator.next() != nil)
        #expect(await iterator.next() == nil)
    }

    @Test func `a failure is told until the source is read again`() {
        self.store.report("alarms", failure: "denied")
        #expect(self.store.view(DaySelection(), today: self.today)["feeds"]?["alarms"]?["reason"] == "denied")
        self.store.report("alarms", failure: nil)
        #expect(self.store.view(DaySelection(), today: self.today)["feeds"]?["alarms"] == ["state": "read"])
    }

    @Test func `pages and days have their limits`() throws {
        for _ in 0..<DashboardStore.maximumViewers {
            #expect(self.store.join(DaySelection(), today: self.today) != nil)
        }
        #expect(self.store.join(DaySelection(), today: self.today) == nil)
        let other = DashboardStore()
        var day = try #require(Day("2020-01-01"))
        for _ in 0..<(DashboardStore.maximumDays / 2) {
            #expect(other.join(DaySelection(day: day), today: self.today) != nil)
            day = try #require(day.adding(days: 10))
        }
        #expect(other.join(DaySelection(day: day), today: self.today) == nil)
    }

    @Test func `a search finds parts of ids without case, beginnings first`() throws {
        var items: [AttributeMap] = []
        for id in ["blue-hat", "Hat", "hat-rack", "shirt", "that"] {
            items.append([
                "PK": .s("PRODUCT#2026-03-01"), "SK": .s(id), "OrderCount": .n("1"), "Units": .n("2"),
                "Revenue": .n("3.5"),
            ])
        }
        self.store.set(self.today, [:], figures: DayFigures(items))
        let found = try #require(self.store.products(of: self.today, matching: "HAT", limit: 3))
        #expect(found.map(\.0.id.text) == ["Hat", "hat-rack", "blue-hat"])
        let all = try #require(self.store.products(of: self.today, matching: "", limit: 20))
        #expect(all.count == 5)
    }

    @Test func `a day that was not read is told from one without such a product`() throws {
        #expect(self.store.products(of: self.today, matching: "hat", limit: 20) == nil)
        self.store.set(self.today, [:], figures: DayFigures())
        let found = try #require(self.store.products(of: self.today, matching: "hat", limit: 20))
        #expect(found.isEmpty)
    }
}
