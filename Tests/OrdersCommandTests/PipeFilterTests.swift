import EventPatterns
import JSONText
import Orders
import OrdersCommand
import TestSupport
import Testing

/// Both Pipes' filters of the real template against the functions' own rules: a filter may let through what its function
/// skips, and must never leave out what its function would process, whatever the parameters were when the item was
/// written.
@Suite struct PipeFilterTests {
    /// What the template is deployed with.
    private struct Parameters: CustomStringConvertible {
        let normal: String
        let premium: String
        var domains = "test.com"

        var description: String { "\(self.normal)/\(self.premium)/\(self.domains)" }

        var values: [String: String] {
            ["NormalMinimumAmount": normal, "PremiumMinimumAmount": premium, "TestEmailDomains": domains]
        }

        func bands() throws -> AmountBands {
            let minimums = (try #require(AmountThreshold(self.normal)), try #require(AmountThreshold(self.premium)))
            return try #require(AmountBands(normalMinimum: minimums.0, premiumMinimum: minimums.1))
        }

        func rules() throws -> OrderRules {
            OrderRules(bands: try self.bands(), testDomains: try #require(TestDomains(self.domains)))
        }
    }

    /// One that is a band's lower bound here is another's upper bound there.
    private static let thresholds = ["0", "99.5", "100", "500", "1000", "5000"]

    private static let pairs = thresholds.indices.flatMap { low in
        thresholds[(low + 1)...].map { Parameters(normal: thresholds[low], premium: $0) }
    }

    private static let domainLists = ["test.com", "example.org,test.com", "qa.test.com"]

    private static let emails = [
        nil, "bob@test.com", "Bob@TEST.com", "bob@qa.test.com", "bob@contest.com", "bob@example.org", "a@b@test.com",
        "bob@test.com@shop.example", "bob", "bob@", "Bob <bob@test.com>",
    ]

    /// How the band was named that stands in the item.
    private enum Naming: CaseIterable {
        case current
        /// `LE<normal>`, `GT<normal>` and `GT<premium>`, which items in a deployed table may still have.
        case bounds
        /// Another writer, which knows of no bands.
        case missing

        func name(of amount: Money, _ bands: AmountBands) -> String? {
            switch self {
            case .current: return bands.name(of: amount)
            case .missing: return nil
            case .bounds:
                if amount > bands.premiumMinimum.amount { return "GT\(bands.premiumMinimum.text)" }
                return (amount > bands.normalMinimum.amount ? "GT" : "LE") + bands.normalMinimum.text
            }
        }
    }

    /// An image of an item that `OrderWriter` stored, and that others perhaps changed.
    private static func image(
        _ update: OrderUpdate,
        _ naming: Naming,
        _ writer: Parameters,
        statusAttribute: String
    ) throws -> [UInt8] {
        let bands = try writer.bands()
        var item = try #require(StoredOrder(id: update.id).merging(update)).item(bands)
        item["amountBand"] = update.amount.flatMap { naming.name(of: $0, bands) }.map { .string($0) }
        if case .missing = naming { item["emailDomain"] = nil }
        if let status = item.removeValue(forKey: "status") { item[statusAttribute] = status }
        var json = JSONWriter()
        json.object { json in
            for (name, value) in item.sorted(by: { $0.key < $1.key }) {
                guard case (let tag, let text)? = Self.tagged(value) else { continue }
                json.key(name)
                json.object { $0.member(tag, text) }
            }
        }
        return json.bytes
    }

    private static func tagged(_ value: ItemValue) -> (tag: String, text: String)? {
        switch value {
        case .string(let text): ("S", text)
        case .number(let digits): ("N", digits)
        case .map, .other: nil
        }
    }

    /// A change of an order, random but for what wrote it.
    private struct Change {
        let kind: ChangeKind
        let old: [UInt8]?
        let new: [UInt8]
        let text: String

        init(
            _ naming: Naming,
            _ writer: Parameters,
            using generator: inout some RandomNumberGenerator
        ) throws {
            let amounts = thresholds.flatMap { [$0, $0.contains(".") ? "\($0)00000001" : "\($0).000000001"] }
            let statuses: [OrderStatus] = ["pending", "shipped", "new", "Pending", "SHIPPED"]
            var update = OrderUpdate(
                id: try #require(OrderID("O")),
                timestamp: try #require(Timestamp("2025-05-03T12:00:00Z")),
                status: Int.random(in: 0..<4, using: &generator) > 0
                    ? "pending" : statuses.randomElement(using: &generator),
                amount: amounts.randomElement(using: &generator).flatMap { Money($0) },
                customerEmail: emails.randomElement(using: &generator) ?? nil
            )
            let attributes = ["status", "status", "status", "orderStatus"]
            func image() throws -> [UInt8] {
                let attribute = try #require(attributes.randomElement(using: &generator))
                return try PipeFilterTests.image(update, naming, writer, statusAttribute: attribute)
            }
            self.old = Int.random(in: 0..<5, using: &generator) > 0 ? try image() : nil
            update.status =
                Int.random(in: 0..<4, using: &generator) > 0 ? "shipped" : statuses.randomElement(using: &generator)
            self.new = try image()
            self.kind = self.old == nil ? .insert : .modify
            let images = (self.old.map { [("OldImage", $0)] } ?? []) + [("NewImage", self.new)]
            let members = images.map { #""\#($0)":\#(String(decoding: $1, as: UTF8.self))"# }.joined(separator: ",")
            self.text = #"{"eventName":"\#(self.kind == .insert ? "INSERT" : "MODIFY")","dynamodb":{\#(members)}}"#
        }

        /// Whether the function of that Pipe does anything with it.
        func qualifies(for pipe: String, _ rules: OrderRules) throws -> Bool {
            if pipe == "NormalOrdersPipe" {
                let order = try JSONReader.read(self.new[...]) { try RoutingAttributes.read(image: &$0) }
                return try rules.normalDecision(change: self.kind, order: order) == .process(order.get())
            }
            let order = try JSONReader.read(self.new[...]) { try OrderImage.read(image: &$0) }
            let decision = try rules.premiumDecision(change: self.kind, oldImage: self.old?[...], order: order)
            return try decision == .process(order.get())
        }
    }

    /// By Pipe, how many changes qualified and the first of those that its filters left out.
    private static func qualified(
        _ yaml: String,
        seed: UInt64,
        domainLists: [String] = domainLists
    ) throws -> [String: (count: Int, lost: String?)] {
        var generator = SeededGenerator(seed: seed)
        var result: [String: (count: Int, lost: String?)] = [:]
        let readers = pairs.flatMap { pair in
            domainLists.map { Parameters(normal: pair.normal, premium: pair.premium, domains: $0) }
        }
        for (reader, template) in zip(readers, try Fixtures.templates(yaml, parameters: readers.map(\.values))) {
            let rules = try reader.rules()
            let pipes = try PipeDefinition.all(in: template)
            for writer in pairs {
                for naming in Naming.allCases {
                    for _ in 0..<3 {
                        let change = try Change(naming, writer, using: &generator)
                        let event = try JSONValue(parsing: Array(change.text.utf8))
                        for pipe in pipes where try change.qualifies(for: pipe.logicalID, rules) {
                            var (count, lost) = result[pipe.logicalID] ?? (0, nil)
                            if lost == nil, !pipe.filters.admits(event) {
                                lost = "written under \(writer), Pipe of \(reader), seed \(seed): \(change.text)"
                            }
                            count += 1
                            result[pipe.logicalID] = (count, lost)
                        }
                    }
                }
            }
        }
        return result
    }

    @Test func `no order that qualifies is filtered out, whatever the thresholds were when it was written`() throws {
        let result = try Self.qualified(Fixtures.templateText(), seed: UInt64.random(in: 0..<1_000_000))
        for pipe in ["NormalOrdersPipe", "PremiumOrdersPipe"] {
            let (count, lost) = try #require(result[pipe])
            #expect(count > 300, "\(pipe)")
            #expect(lost == nil, "\(pipe)")
        }
    }

    private static let lowBand = #"{"anything-but":["LE${NormalMinimumAmount}"]}"#
    private static let otherBands = #"["LE${NormalMinimumAmount}","normal-LE${PremiumMinimumAmount}"]"#
    private static let premiumBand = #""premium-GT${PremiumMinimumAmount}""#
    private static let domains = #"{"S":[{"exists":false},{"anything-but":["${TestDomains}"]}]}"#
    private static let otherStatus = #"Image":{"orderStatus":{"S":[{"exists":true}]}}"#
    private static let nothing = #"Image":{"x":{"S":["x"]}}"#

    @Test(arguments: [
        ("NormalOrdersPipe", lowBand, #""normal-LE${PremiumMinimumAmount}",\#(premiumBand)"#),
        ("PremiumOrdersPipe", #"{"anything-but":\#(otherBands)}"#, premiumBand),
        // A normal band that names its lower bound says nothing of what is surely below the premium threshold.
        ("PremiumOrdersPipe", #""normal-LE${PremiumMinimumAmount}"]"#, #""GT${NormalMinimumAmount}"]"#),
        ("NormalOrdersPipe", domains, #"{"S":["example.com"]}"#),
        ("PremiumOrdersPipe", domains, #"{"S":["example.com"]}"#),
        ("NormalOrdersPipe", #""New\#(otherStatus)"#, #""New\#(nothing)"#),
        ("PremiumOrdersPipe", #""New\#(otherStatus)"#, #""New\#(nothing)"#),
        ("PremiumOrdersPipe", #""Old\#(otherStatus)"#, #""Old\#(nothing)"#),
    ])
    func `a filter that knows too few bands or attributes loses orders`(
        pipe: String,
        filter: String,
        other: String
    ) throws {
        let text = try Fixtures.templateText()
        let exact = text.replacing(filter, with: other)
        try #require(exact != text)
        #expect(try Self.qualified(exact, seed: 1, domainLists: ["test.com"])[pipe]?.lost != nil)
    }
}
