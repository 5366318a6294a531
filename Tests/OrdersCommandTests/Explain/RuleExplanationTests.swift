import AWSClient
import EventPatterns
import JSONText
import LambdaRuntime
import OrderFunctions
import Orders
import OrdersCommand
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct RuleExplanationTests {
    private let rules: OrderRules

    init() throws {
        let minimums = (try #require(AmountThreshold("100")), try #require(AmountThreshold("1000")))
        self.rules = OrderRules(
            bands: try #require(AmountBands(normalMinimum: minimums.0, premiumMinimum: minimums.1)),
            testDomains: try #require(TestDomains("test.com"))
        )
    }

    /// A change as the table's stream has it; nil leaves an attribute out.
    private static func change(
        _ eventName: String = "MODIFY",
        status: String? = "shipped",
        oldStatus: String? = "pending",
        amount: String? = "1500",
        email: String? = nil
    ) throws -> TableChange {
        func image(_ members: [(String, String, String?)]) -> String {
            let texts = members.compactMap { name, type, value in value.map { #""\#(name)":{"\#(type)":"\#($0)"}"# } }
            return "{\"orderId\":{\"S\":\"O-1\"},\(texts.joined(separator: ","))}".replacingComma
        }
        let new = image([("status", "S", status), ("amount", "N", amount), ("customerEmail", "S", email)])
        let old = image([("status", "S", oldStatus)])
        let json = """
            {"eventID":"e-1","eventName":"\(eventName)","dynamodb":{"Keys":{"orderId":{"S":"O-1"}},"SequenceNumber":"7",\
            "NewImage":\(new),"OldImage":\(old)}}
            """
        return try #require(
            TableChange(
                PolledRecord(
                    identifier: "e-1",
                    sequenceNumber: "7",
                    arrival: nil,
                    orderingKey: "",
                    json: Array(json.utf8)
                )
            )
        )
    }

    private static func unmet(_ explanation: RuleExplanation) -> [String] {
        explanation.conditions.filter { $0.isMet == false }.map(\.name)
    }

    /// Each reason of the rule is the first condition that is not met.
    @Test func `the conditions that are not met are those that the rule decides by`() throws {
        var random = SeededGenerator(seed: 20_250_827)
        let events = ["INSERT", "MODIFY", "REMOVE"]
        let statuses: [String?] = [nil, "new", "pending", "PENDING", "shipped", "Shipped", "cancelled"]
        let amounts: [String?] = [
            nil, "0", "99.999999999", "100", "100.000000001", "1000", "1000.01", "999999999999999999",
        ]
        let emails: [String?] = [nil, "bob@example.com", "bob@test.com", "Bob <bob@EU.test.com>", "bob@contest.com"]
        for _ in 0..<2_000 {
            let change = try Self.change(
                events.randomElement(using: &random) ?? events[0],
                status: statuses.randomElement(using: &random) ?? statuses[0],
                oldStatus: statuses.randomElement(using: &random) ?? statuses[0],
                amount: amounts.randomElement(using: &random) ?? amounts[0],
                email: emails.randomElement(using: &random) ?? emails[0]
            )
            for rule in ProcessorRule.allCases {
                let explanation = RuleExplanation(of: change, by: rule, self.rules)
                let unmet = Self.unmet(explanation)
                switch explanation.decision {
                case .process: #expect(unmet.isEmpty, "\(explanation)")
                case .skip(let reason): #expect(unmet.first == Self.condition(of: reason), "\(explanation)")
                case .deadLetter, .dependsOnOldImage: Issue.record("\(explanation)")
                }
            }
        }
    }

    private static func condition(of reason: SkipReason) -> String? {
        switch reason {
        case .eventName: "event"
        case .noStatus, .status: "status"
        case .noTransition: "status before"
        case .noAmount, .amount: "amount"
        case .testAddress: "e-mail"
        case .noNewImage: nil
        }
    }

    @Test func `an amount that is none is a dead letter, and the condition says so`() throws {
        let change = try Self.change(amount: "1e400")
        let explanation = RuleExplanation(of: change, by: .normal, self.rules)
        guard case .deadLetter = explanation.decision else {
            Issue.record("\(explanation.decision)")
            return
        }
        #expect(explanation.conditions.first { $0.name == "amount" }?.value == "unreadable")
        #expect(explanation.conditions.first { $0.name == "amount" }?.isMet == false)
    }

    @Test func `of a row alone nobody knows what it was before`() throws {
        let row = OrderRow(
            id: try #require(OrderID("O-1")),
            item: ["orderId": .s("O-1"), "status": .s("shipped"), "amount": .n("1500")]
        )
        let change = try TableChange(assumedOf: row)
        let premium = RuleExplanation(of: change, by: .premium, self.rules)
        #expect(premium.decision == .dependsOnOldImage)
        #expect(premium.conditions.map(\.isMet) == [nil, true, nil, true, true])
        let normal = RuleExplanation(of: change, by: .normal, self.rules)
        #expect(normal.decision == .process)
        let cheap = OrderRow(id: row.id, item: row.item.merging(["amount": .n("7")]) { $1 })
        #expect(
            RuleExplanation(of: try TableChange(assumedOf: cheap), by: .premium, self.rules).decision == .skip(.amount)
        )
    }

    @Test func `a filter's clauses are unknown where the old image of a row decides`() throws {
        let pattern = """
            {"eventName":["MODIFY"],"dynamodb":{"OldImage":{"status":{"S":["pending"]}},"NewImage":{"status":{"S":["shipped"]}}}}
            """
        let row = OrderRow(id: try #require(OrderID("O-1")), item: ["orderId": .s("O-1"), "status": .s("shipped")])
        let pipe = ExplainedPipe(
            name: "PremiumOrdersPipe",
            function: "PremiumOrdersProcessor",
            filters: try FilterCriteria([try EventPattern(parsing: pattern)]),
            rule: .premium,
            rules: self.rules
        )
        let assumed = try pipe.explanation(row: row, changes: [], processings: []).explanations
        let explanation = try #require(assumed.first)
        #expect(explanation.filters[0].conjunctions[0].map(\.isMet) == [nil, nil, true])
        #expect(explanation.passes == nil)
        #expect(explanation.isProcessed == false)
        let paid = OrderRow(id: row.id, item: row.item.merging(["amount": .n("1500")]) { $1 })
        let open = try #require(pipe.explanation(row: paid, changes: [], processings: []).explanations.first)
        #expect(open.isProcessed == nil)
        #expect(open.outcomeText == "whether the Pipe delivers it depends on what is not known here")
        #expect(explanation.outcomeText == "not processed, whether the Pipe delivers it or not: noAmount")
        let pending = OrderRow(id: row.id, item: ["orderId": .s("O-1"), "status": .s("new")])
        let explained = try pipe.explanation(row: pending, changes: [], processings: []).explanations
        let other = try #require(explained.first)
        #expect(other.passes == false)
        let known = try pipe.explanation(row: row, changes: [try Self.change()], processings: []).explanations
        #expect(known.map(\.isProcessed) == [true])
    }

    /// The lines for people of an order with that row and nothing else.
    private func lines(
        _ item: AttributeMap,
        logLevel: LogLevel = .info,
        orderLog: OrderLog = .all,
        logs: LogReach = LogReach([]),
        lineSearch: LineSearch = .id
    ) throws -> String {
        let row = OrderRow(id: try #require(OrderID("O-1")), item: item)
        let pipe = ExplainedPipe(
            name: "PremiumOrdersPipe",
            function: "PremiumOrdersProcessor",
            filters: try FilterCriteria([]),
            rule: .premium,
            rules: self.rules,
            logLevel: logLevel,
            orderLog: orderLog
        )
        let state = CountExplanation.State(usesClaims: true)
        let explanation = OrderExplanation(
            id: "O-1",
            row: row,
            count: CountExplanation(of: [], state, OrderRecordDecoder()),
            pipes: [try pipe.explanation(row: row, changes: [], processings: [], lineSearch: lineSearch)],
            deadLetters: []
        )
        return explanation.lines(Terminal(width: nil, hasColours: false), bucket: "b", logs: logs)
            .joined(separator: "\n")
    }

    @Test func `the row is told as the rules read it, under the names that others write, too`() throws {
        let lines = try self.lines([
            "orderId": .s("O-1"), "orderStatus": .s("shipped"), "orderAmount": .n("1500"), "currency": .s("EUR"),
        ])
        #expect(lines.contains("status shipped, amount 1500 EUR"))
    }

    @Test(arguments: [(LogLevel.info, false), (.debug, false), (.warn, true), (.error, true)])
    func `a log that leaves out what was processed cannot tell`(level: LogLevel, isSilent: Bool) throws {
        let lines = try self.lines(["orderId": .s("O-1"), "status": .s("shipped")], logLevel: level)
        #expect(lines.contains("nothing processed") == !isSilent)
        #expect(lines.contains("none that is known of") == !isSilent)
        #expect(lines.contains("PremiumOrdersProcessor logs from \(level.name) on") == isSilent)
    }

    @Test func `what a log does not say is told with the part of it that was read`() throws {
        let logs = LogReach([
            HourWindow(from: UTCInstant(secondsSince1970: 7_200), to: UTCInstant(secondsSince1970: 10_800))
        ])
        let lines = try self.lines(["orderId": .s("O-1"), "status": .s("shipped")], logs: logs)
        let span = "from 1970-01-01T02:00:00.000Z to 1970-01-01T03:00:00.000Z"
        #expect(lines.contains("its log: nothing processed \(span)"))
        #expect(lines.contains("PremiumOrdersProcessor's log says \(span))"))
    }

    @Test func `of a time whose logs are deleted nothing is said but that`() throws {
        let retention = LogReach.Retention(days: 1, now: UTCInstant(secondsSince1970: 2 * 86_400))
        let window = HourWindow(from: UTCInstant(secondsSince1970: 0), to: UTCInstant(secondsSince1970: 3_600))
        let logs = LogReach([window], retention: retention)
        let lines = try self.lines(["orderId": .s("O-1"), "status": .s("shipped")], logs: logs)
        let lost = "cannot tell before 1970-01-02T00:00:00.000Z: the logs are kept 1 day (LogRetentionDays)"
        #expect(lines.contains("its log: \(lost)"))
        #expect(lines.contains("not known: SNS keeps no messages, and PremiumOrdersProcessor's log \(lost)"))
        #expect(!lines.contains("nothing processed") && !lines.contains("none that is known of"))
    }

    @Test func `a function without lines for orders cannot tell either`() throws {
        let lines = try self.lines(["orderId": .s("O-1"), "status": .s("shipped")], orderLog: .none)
        #expect(!lines.contains("nothing processed") && !lines.contains("none that is known of"))
        #expect(lines.contains("cannot tell, since PremiumOrdersProcessor logs no line for an order"))
    }

    @Test func `a log that masks the order's id cannot tell where no change is known`() throws {
        let lines = try self.lines(["orderId": .s("O-1"), "status": .s("shipped")], lineSearch: .impossible)
        #expect(!lines.contains("nothing processed") && !lines.contains("none that is known of"))
        let reason = "the logs mask this id, and no change of the order is known"
        #expect(lines.contains("its log: cannot tell, since \(reason)"))
        #expect(lines.contains("not known: SNS keeps no messages, and \(reason)"))
    }

    @Test func `a log that masks the order's id is silent about the changes alone that are known`() throws {
        let window = HourWindow(from: UTCInstant(secondsSince1970: 7_200), to: UTCInstant(secondsSince1970: 10_800))
        let lines = try self.lines(
            ["orderId": .s("O-1"), "status": .s("shipped")],
            logs: LogReach([window]),
            lineSearch: .changes
        )
        let span = "from 1970-01-01T02:00:00.000Z to 1970-01-01T03:00:00.000Z"
        let rest = "of changes that are not known it cannot tell, since the logs mask this id"
        #expect(lines.contains("its log: nothing processed \(span); \(rest)"))
        #expect(lines.contains("PremiumOrdersProcessor's log says \(span); \(rest))"))
        // A log that has no such lines tells nothing of any change.
        let silent = try self.lines(
            ["orderId": .s("O-1"), "status": .s("shipped")],
            orderLog: .none,
            lineSearch: .changes
        )
        #expect(!silent.contains(rest))
    }
}

extension String {
    /// Without the comma of an image that has nothing behind its key.
    fileprivate var replacingComma: String { self.hasSuffix(",}") ? String(self.dropLast(2)) + "}" : self }
}
