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

    /// Takes a day with the products of these sort keys.
    private func set(_ products: [String]) {
        let items: [AttributeMap] = products.map { sortKey in
            [
                "PK": .s("PRODUCT#2026-03-01"), "SK": .s(sortKey), "OrderCount": .n("1"), "Units": .n("2"),
                "Revenue": .n("3.5"),
            ]
        }
        self.store.set(self.today, [:], figures: DayFigures(items))
    }

    /// What a search gives, each product with its currency.
    private func found(_ text: String, limit: Int = 20) throws -> [String] {
        let found = try #require(self.store.products(of: self.today, matching: text, limit: limit))
        return found.first.map { "\($0.0.id.text) \($0.0.currency.text)" }
    }

    @Test func `a search finds parts of ids without case, whole ids first, then beginnings`() throws {
        self.set(["blue-hat", "hat-rack", "Hat", "HAT-BOX", "shirt", "that", "hAt", "hat"])
        #expect(
            try self.found("hat") == [
                "hat USD", "Hat USD", "hAt USD", "HAT-BOX USD", "hat-rack USD", "blue-hat USD", "that USD",
            ]
        )
        #expect(try self.found("HAT", limit: 4) == ["Hat USD", "hAt USD", "hat USD", "HAT-BOX USD"])
        #expect(try self.found("").count == 8)
    }

    @Test func `a search tells how many products there are, whatever is left out`() throws {
        self.set((0..<30).map { "P\($0)" })
        let found = try #require(self.store.products(of: self.today, matching: "p", limit: 3))
        #expect(found.first.count == 3 && found.count == 30)
    }

    @Test func `a product whose whole id is typed is found in each of its currencies`() throws {
        self.set((0..<200).flatMap { ["P\($0)", "P\($0)#EUR"] })
        let found = try self.found("P1")
        #expect(found.count == 20)
        #expect(Array(found.prefix(4)) == ["P1 EUR", "P1 USD", "P10 EUR", "P10 USD"])
        let currencies = (0..<25).map { "Q#A\(UnicodeScalar(UInt8(65 + $0)))A" }
        self.set(currencies + ["Q1", "q"])
        #expect(try self.found("Q").count == 25)
    }

    @Test func `of two ids that are canonically equivalent the one that was typed comes first`() throws {
        let texts = Fixtures.equivalentTexts
        self.set(texts + texts.map { "\($0)#EUR" })
        for text in texts {
            let found = try self.found(text)
            #expect(found.count == 4)
            let first = found.prefix(2).map { ExactText($0) }
            #expect(first == [ExactText("\(text) EUR"), ExactText("\(text) USD")])
        }
    }

    @Test func `a day that was not read is told from one without such a product`() throws {
        #expect(self.store.products(of: self.today, matching: "hat", limit: 20) == nil)
        self.store.set(self.today, [:], figures: DayFigures())
        let found = try #require(self.store.products(of: self.today, matching: "hat", limit: 20))
        #expect(found.first.isEmpty && found.count == 0)
    }
}
