import AWSClient
import AWSOperations
import ArchiveAccounts
import Orders
import OrdersCommand
import Platform
import TestSupport
import Testing

@Suite struct DayFiguresTests {
    private static func revenue(_ sort: String, _ value: String, _ count: String) -> AttributeMap {
        ["PK": .s("REVENUE#2025-08-27"), "SK": .s(sort), "Value": .n(value), "Count": .n(count)]
    }

    private static func product(_ sort: String, _ orders: String, _ units: String, _ revenue: String) -> AttributeMap {
        [
            "PK": .s("PRODUCT#2025-08-27"), "SK": .s(sort), "OrderCount": .n(orders), "Units": .n(units),
            "Revenue": .n(revenue),
        ]
    }

    private static func orders(_ sort: String, _ total: String, _ accepted: String) -> AttributeMap {
        ["PK": .s("ORDERS#2025-08-27"), "SK": .s(sort), "TotalOrders": .n(total), "SuccessfulOrders": .n(accepted)]
    }

    private static func figures(_ items: [AttributeMap]) -> DayFigures {
        DayFigures(items)
    }

    @Test func `figures of several days are summed exactly`() throws {
        var figures = Self.figures([Self.revenue("USD", "0.1", "1"), Self.orders("TOTAL", "4", "3")])
        figures.add(Self.figures([Self.revenue("USD", "0.2", "2"), Self.orders("TOTAL", "5", "5")]))
        figures.add(
            Self.figures([
                Self.revenue("USD", "1E+2", "3"), Self.revenue("EUR", "99999999999999999999999999999.999999999", "1"),
            ])
        )
        #expect(figures.revenue[.usd]?.value.text == "100.3")
        #expect(figures.revenue[.usd]?.orders == 6)
        let euro = try #require(Currency("EUR"))
        #expect(figures.revenue[euro]?.value.text == "99999999999999999999999999999.999999999")
        #expect([figures.totalOrders, figures.acceptedOrders, figures.refusedOrders] == [9, 8, 1])
        #expect(figures.damagedRows.isEmpty)
    }

    @Test func `orders in the currency for tests can be left out`() {
        let customers = [Self.revenue("USD", "2.5", "2"), Self.product("P1", "2", "3", "2.5")]
        let tests = [Self.revenue("XTS", "0.03", "3")]
        let all = Self.figures(
            customers + tests + [Self.product("P1#XTS", "1", "1", "0.01"), Self.orders("TOTAL", "6", "5")]
        )
        #expect(all.revenue[.test]?.orders == 3)
        #expect(all.withoutTests == Self.figures(customers + [Self.orders("TOTAL", "3", "2")]))
        #expect(all.withoutTests.withoutTests == all.withoutTests)
        #expect(Self.figures(tests).withoutTests.isEmpty)
    }

    @Test(arguments: [
        ("P1", "P1", "USD"), ("P1#EUR", "P1", "EUR"), ("P#1", "P#1", "USD"), ("a~1", "a~1", "USD"),
        ("a#eur", "a#eur", "USD"), ("#EUR", "#EUR", "USD"), ("é#JPY", "é", "JPY"), ("x~", "x~", "USD"),
    ])
    func `a product's sort key is its id and its currency`(sort: String, id: String, currency: String) throws {
        let figures = Self.figures([Self.product(sort, "1", "2", "3")])
        let found = try #require(figures.products.first)
        #expect(found.key.id.text == id)
        #expect(found.key.currency.text == currency)
        #expect(found.value.revenue.text == "3")
    }

    @Test func `what a row says besides its counters is passed over`() throws {
        var row = Self.revenue("USD", "10", "1")
        row["at:1c168adb:0"] = .s("05649590")
        row["format"] = .n("2")
        let figures = Self.figures([row])
        #expect(figures.damagedRows.isEmpty && figures.revenue[.usd]?.orders == 1)
    }

    @Test func `a row that cannot be read is left out and named`() {
        let figures = Self.figures([
            Self.revenue("USD", "-1", "1"), Self.revenue("usd", "1", "1"), Self.product("P1", "1", "x", "1"),
            Self.orders("SUM", "1", "1"), ["PK": .s("EVENT#1"), "SK": .s("EVENT")], ["PK": .s("REVENUE#2025-08-27")],
            Self.revenue("EUR", "1", "1"),
        ])
        #expect(figures.damagedRows.count == 6)
        #expect(figures.revenue.count == 1)
    }

    @Test func `a sum beyond DynamoDB's digits is told and not wrapped`() {
        let greatest = "99999999999999999999999999999.999999999"
        var figures = Self.figures([Self.revenue("USD", greatest, "1")])
        figures.add(Self.figures([Self.revenue("USD", "1", "1")]))
        #expect(figures.damagedRows == ["USD: a sum of more than DynamoDB's 38 digits"])
    }

    /// Two pages of each partition, as DynamoDB gives more than 1 MB.
    @Test func `every page of a day's three partitions is read`() async throws {
        let page = { (item: String, more: Bool) in
            ScriptedTransport.Step.json(
                200,
                #"{"Items":[\#(item)]\#(more ? #","LastEvaluatedKey":{"PK":{"S":"a"},"SK":{"S":"b"}}"# : "")}"#
            )
        }
        let keys = { (partition: String, sort: String) in
            #""PK":{"S":"\#(partition)#2025-08-27"},"SK":{"S":"\#(sort)"}"#
        }
        let transport = ScriptedTransport([
            page("{\(keys("REVENUE", "EUR")),\"Value\":{\"N\":\"1.5\"},\"Count\":{\"N\":\"1\"}}", true),
            page("{\(keys("REVENUE", "USD")),\"Value\":{\"N\":\"2\"},\"Count\":{\"N\":\"1\"}}", false),
            page(
                "{\(keys("ORDERS", "TOTAL")),\"TotalOrders\":{\"N\":\"2\"},\"SuccessfulOrders\":{\"N\":\"2\"}}",
                false
            ),
        ])
        let time = ManualTime()
        let reader = AnalyticsReader(
            client: DynamoDBClient(session: try .scripted(transport, time: time)),
            tableName: "analytics",
            time: time
        )
        let figures = try await reader.figures(of: try #require(Day("2025-08-27")), [.revenue, .orders])
        #expect(figures.revenue[.usd]?.value.text == "2" && figures.revenue.count == 2)
        #expect(figures.totalOrders == 2)
        let bodies = transport.requests.map { String(decoding: $0.body, as: UTF8.self) }
        #expect(bodies.map { $0.contains("ExclusiveStartKey") } == [false, true, false])
        #expect(bodies.allSatisfy { $0.contains("\"ConsistentRead\":true") })
    }

    @Test func `pages that end at products with canonically equivalent ids are two`() async throws {
        let pages = (Fixtures.equivalentTexts + ["last"]).map { id in
            let key = #""PK":{"S":"PRODUCT#2025-08-27"},"SK":{"S":"\#(id)"}"#
            let row = #"{\#(key),"OrderCount":{"N":"1"},"Units":{"N":"2"},"Revenue":{"N":"3.5"}}"#
            let next = id == "last" ? "" : #","LastEvaluatedKey":{\#(key)}"#
            return ScriptedTransport.Step.json(200, #"{"Items":[\#(row)]\#(next)}"#)
        }
        let time = ManualTime()
        let reader = AnalyticsReader(
            client: DynamoDBClient(session: try .scripted(ScriptedTransport(pages), time: time)),
            tableName: "analytics",
            time: time
        )
        let figures = try await reader.figures(of: try #require(Day("2025-08-27")), [.products])
        #expect(figures.products.count == 3)
    }

    @Test func `a page that comes twice ends the reading`() async throws {
        let answer = #"{"Items":[],"LastEvaluatedKey":{"PK":{"S":"a"},"SK":{"S":"b"}}}"#
        let transport = ScriptedTransport(Array(repeating: .json(200, answer), count: 3))
        let time = ManualTime()
        let reader = AnalyticsReader(
            client: DynamoDBClient(session: try .scripted(transport, time: time)),
            tableName: "analytics",
            time: time
        )
        let day = try #require(Day("2025-08-27"))
        await #expect { try await reader.figures(of: day, [.revenue]) } throws: {
            ($0 as? AWSError)?.code == .repeatedPage
        }
        #expect(transport.requests.count == 2)
    }
}

@Suite struct DaySpanTests {
    @Test func `a span has each of its days once, over a leap day`() throws {
        let (first, last) = (try #require(Day("2028-02-27")), try #require(Day("2028-03-02")))
        let span = try #require(DaySpan(from: first, to: last))
        #expect(span.days.map(\.text) == ["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02"])
        #expect(span.count == 5)
        #expect(DaySpan(from: span.last, to: span.first) == nil)
    }

    @Test(arguments: ["2025-02-29", "2025-8-27", "25-08-27", "2025-08-27T00:00:00Z", "", "0000-01-01", "today"])
    func `what is no day of the calendar is none`(text: String) {
        #expect(Day(text) == nil)
    }

    @Test func `the calendar ends with its last year`() throws {
        let (last, first) = (try #require(Day("9999-12-31")), try #require(Day("0001-01-01")))
        #expect(last.adding(days: 1) == nil)
        #expect(first.adding(days: -1) == nil)
    }
}
