import AWSClient
import ArchiveAccounts
import Orders
import OrdersCommand
import Testing

@Suite struct SalesReportTests {
    private static func report(products: [(sort: String, revenue: String)], top: Int?) throws -> SalesReport {
        let day = try #require(Day("2025-08-27"))
        var items: [AttributeMap] = []
        let partition = { (kind: String) in AttributeValue.s("\(kind)#2025-08-27") }
        for (sort, revenue) in products {
            items.append([
                "PK": partition("PRODUCT"), "SK": .s(sort), "OrderCount": .n("1"), "Units": .n("2"),
                "Revenue": .n(revenue),
            ])
        }
        items.append(["PK": partition("REVENUE"), "SK": .s("USD"), "Value": .n("15420.5"), "Count": .n("3")])
        items.append(["PK": partition("REVENUE"), "SK": .s("JPY"), "Value": .n("1200"), "Count": .n("9")])
        items.append([
            "PK": partition("ORDERS"), "SK": .s("TOTAL"), "TotalOrders": .n("1200"), "SuccessfulOrders": .n("12"),
        ])
        return SalesReport(span: DaySpan(day), days: [(day, DayFigures(items))], top: top)
    }

    @Test func `the best products of each currency come first, and the rest is counted`() throws {
        let report = try Self.report(
            products: [("A", "1"), ("B", "3"), ("C", "2"), ("A#JPY", "5"), ("B#JPY", "5")],
            top: 2
        )
        #expect(report.currencies.map(\.text) == ["JPY", "USD"])
        #expect(
            report.products.map { "\($0.product.id) \($0.product.currency)" } == ["A JPY", "B JPY", "B USD", "C USD"]
        )
        #expect(report.omittedProducts == 1)
    }

    @Test func `only a table leaves products out unasked`() throws {
        #expect(ReportCommand.Format.allCases.map(\.defaultTop) == [10, nil, nil])
        let names = (0..<12).map { (sort: "P\($0)", revenue: "\($0 + 1)") }
        let all = try Self.report(products: names, top: ReportCommand.Format.csv.defaultTop)
        #expect(all.csvLines.dropFirst().count { $0.contains(",product,") } == 12)
        #expect(String(decoding: all.json, as: UTF8.self).hasSuffix(#""omittedProducts":0}"#))
    }

    @Test func `a report without products does not say that none is left out`() throws {
        let report = try Self.report(products: [], top: 0)
        #expect(report.products.isEmpty)
        #expect(report.omittedProducts == nil)
        #expect(String(decoding: report.json, as: UTF8.self).hasSuffix(#""products":[]}"#))
    }

    @Test func `a table fits its terminal, cuts no number and says that revenue is gross`() throws {
        let long = String(repeating: "x", count: 100)
        let report = try Self.report(products: [(long, "123456789012345678.5"), ("b\u{202E}\u{1B}[31m", "1")], top: 10)
        let lines = report.lines(Terminal(width: 60, hasColours: false))
        #expect(lines.allSatisfy { TerminalText.width($0) <= 60 }, "\(lines)")
        let text = lines.joined(separator: "\n")
        #expect(text.contains("123,456,789,012,345,678.50"))
        #expect(text.contains("15,420.50"))
        #expect(text.contains("1,200 orders, 12 accepted, 1,188 refused"))
        #expect(text.contains("Revenue is gross"))
        let uncut = report.lines(Terminal(width: nil, hasColours: false)).joined(separator: "\n")
        #expect(uncut.contains(#"b\u{202e}\u{1b}[31m"#))
        #expect(!text.unicodeScalars.contains("\u{202E}") && !text.unicodeScalars.contains("\u{1B}"))
    }

    @Test func `days stay whole on a narrow terminal, and currencies go below where they do not fit`() throws {
        let days = try ["2025-08-27", "2025-08-28"].map { text in
            let day = try #require(Day(text))
            let items: [AttributeMap] = ["EUR", "JPY", "USD"].map { currency in
                [
                    "PK": .s("REVENUE#\(text)"), "SK": .s(currency), "Value": .n("123456789"), "Count": .n("1"),
                ]
            }
            return (day: day, figures: DayFigures(items))
        }
        let span = try #require(DaySpan(from: days[0].day, to: days[1].day))
        let report = SalesReport(span: span, days: days, top: 10)
        let lines = report.lines(Terminal(width: 40, hasColours: false))
        #expect(lines.allSatisfy { TerminalText.width($0) <= 40 }, "\(lines)")
        #expect(lines.count { $0.hasPrefix("2025-08-27 ") } == 3)
        let figures = lines.joined(separator: " ").split(separator: "123,456,789", omittingEmptySubsequences: false)
        #expect(figures.count - 1 == 2 * 3)
        #expect(!lines.contains { $0.contains("…") })
    }

    @Test func `a day without orders says so`() throws {
        let day = try #require(Day("2025-08-27"))
        let report = SalesReport(span: DaySpan(day), days: [(day, DayFigures())], top: 10)
        #expect(report.lines(Terminal(width: nil, hasColours: false)).last == "No orders were counted.")
        #expect(report.csvLines.count == 4)
    }

    @Test(arguments: [
        ("plain", "plain"), ("a,b", "\"a,b\""), ("a\"b", "\"a\"\"b\""), ("a\nb", "\"a\nb\""), ("=1+1", "'=1+1"),
        ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("\t=1", "\"'\t'=1\""), ("  =1", "'  =1"),
        ("\u{FF1D}1", "'\u{FF1D}1"), ("=HYPERLINK(\"x\",\"y\")", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""),
        (" a", "\" a\""), ("\r\n", "\"'\r\n\""), ("", ""),
        ("P;x", "\"P;x\""), ("P\tx", "\"P\tx\""), ("P;=HYPERLINK(A1);x", "\"P;'=HYPERLINK(A1);x\""),
        ("P\t=1", "\"P\t'=1\""), ("P,=1", "\"P,'=1\""), ("P\r\n@A1\n=1", "\"P\r\n'@A1\n'=1\""),
        ("P; +1;;-1", "\"P;' +1;;'-1\""), ("P;\"=1;x", "\"P;'\"\"=1;x\""), ("P;1-2", "\"P;1-2\""),
    ])
    func `a field is quoted where it must be and never a formula`(text: String, field: String) {
        #expect(CSVText.field(text).utf8.elementsEqual(field.utf8))
    }

    @Test(arguments: [
        ("15420.5", "USD", "15,420.50"), ("1200", "JPY", "1,200"), ("1.23456", "USD", "1.23456"), ("0", "KWD", "0.000"),
        ("999", "USD", "999.00"), ("1000", "JPY", "1,000"),
    ])
    func `an amount is shown with its currency's digits and exactly`(amount: String, code: String, text: String) throws
    {
        let (money, currency) = (try #require(Money(amount)), try #require(Currency(code)))
        #expect(money.grouped(in: currency) == text)
    }
}

@Suite struct TerminalTests {
    @Test(
        arguments: [
            ([:], true, 120, 120, true), ([:], true, nil, 80, true), ([:], false, nil, nil, false),
            (["COLUMNS": "40"], true, 120, 40, true), (["COLUMNS": "40"], false, nil, 40, false),
            (["COLUMNS": "x"], true, 120, 120, true), (["COLUMNS": "3"], true, nil, 20, true),
            (["NO_COLOR": "1"], true, 120, 120, false), (["NO_COLOR": ""], true, 120, 120, true),
            (["TERM": "dumb"], true, 120, 120, false),
        ] as [([String: String], Bool, Int?, Int?, Bool)]
    )
    func `width and colours follow the terminal and the variables`(
        variables: [String: String],
        isTerminal: Bool,
        kernel: Int?,
        width: Int?,
        colours: Bool
    ) {
        let terminal = Terminal(variables: variables, isTerminal: isTerminal, kernelWidth: kernel)
        #expect(terminal == Terminal(width: width, hasColours: colours))
    }

    @Test(arguments: [
        ("abc", "abc", 3), ("日本", "日本", 4), ("e\u{301}", "e\u{301}", 1), ("\u{2028}", #"\u{2028}"#, 8),
        ("a\u{7}b", #"a\u{7}b"#, 7), ("\u{E000}", #"\u{e000}"#, 8), ("😀", "😀", 2),
        // Signs of two columns among signs of one.
        ("✅⭐⚡⌚⏰☔⛔❌➕⬛", "✅⭐⚡⌚⏰☔⛔❌➕⬛", 20), ("✓✗→☀⚠⬆", "✓✗→☀⚠⬆", 6), ("🀄🃏🆗🈁🟢", "🀄🃏🆗🈁🟢", 10),
    ])
    func `foreign text is harmless and its width is known`(text: String, escaped: String, width: Int) {
        let result = TerminalText.escaped(text)
        #expect(result == escaped)
        #expect(TerminalText.width(result) == width)
    }

    @Test func `lines of ours keep their ends and their columns, and nothing else that a terminal obeys`() {
        let lines = "a\tb\nerror: c\u{1B}[2J\r\u{9B}d\u{202E}"
        #expect(TerminalText.escapedLines(lines) == "a\tb\nerror: c" + #"\u{1b}[2J\u{d}\u{9b}d\u{202e}"#)
        #expect(TerminalText.escapedLines("✓ a → b …") == "✓ a → b …")
    }

    @Test func `a list says how many more there are than it names`() {
        let texts = ["a", "b\u{7}", "c"]
        #expect(TerminalText.list(texts, as: "of: ", maximum: 2) == ["  of: a", #"  of: b\u{7}"#, "  and 1 more"])
        #expect(TerminalText.list(texts, maximum: 3) == ["  a", #"  b\u{7}"#, "  c"])
        #expect(TerminalText.list([], maximum: 3).isEmpty)
    }

    @Test func `a text that is cut stays within its width`() {
        #expect(TerminalText.clipped("abcdef", to: 4) == "abc…")
        #expect(TerminalText.clipped("日本語", to: 4) == "日…")
        #expect(TerminalText.clipped("⭐⭐⭐", to: 4) == "⭐…")
        #expect(TerminalText.clipped("abc", to: 3) == "abc")
    }

    @Test func `an address in a line for people is masked`() {
        #expect(TerminalText.masked("bob@example.com\u{202E}") == #"***@example.com\u{202e}"#)
    }
}
