import OrderFunctions
import TestSupport

/// A random stream of one shard, and what is to come of it, computed from what was meant rather than from its bytes.
struct TestStream {
    private(set) var records: [StreamedRecord] = []
    /// `PK|SK` and its counters.
    private(set) var expected: [String: [String: String]] = [:]
    /// Sequence numbers of what belongs into the dead-letter queue.
    private(set) var poison: Set<String> = []
    /// Hundredths and counts, before they are texts.
    private var totals: [String: [String: Int]] = [:]

    /// `repeats`: the producer sends some orders again, as records of their own.
    init(_ generator: inout SeededGenerator, repeats: Bool) {
        let days = ["2025-08-26", "2025-08-27"]
        var sent: [String] = []
        for index in 0..<60 {
            let day = days.randomElement(using: &generator) ?? days[0]
            let record: StreamedRecord
            switch Int.random(in: index == 20 ? 7...7 : 0...19, using: &generator) {
            case 0:
                record = StreamedRecord(index, "no JSON at all")
                self.poison.insert(record.sequenceNumber)
            case 1:
                let text = orderEvent("I\(index)", amount: "-1", time: day + "T01:02:03Z")
                record = StreamedRecord(index, text)
                self.poison.insert(record.sequenceNumber)
                self.add("ORDERS#\(day)|TOTAL", ["TotalOrders": 1, "SuccessfulOrders": 0])
            case 2:
                record = StreamedRecord(index, #"{"Type":"OrderCancelledV1"}"#)
            case 3..<7 where repeats && !sent.isEmpty:
                record = StreamedRecord(index, sent.randomElement(using: &generator) ?? "")
            case 7 where index == 20:
                record = StreamedRecord(index, self.order(index, day, products: 110, &generator))
            default:
                let text = self.order(index, day, products: Int.random(in: 0...3, using: &generator), &generator)
                record = StreamedRecord(index, text)
                sent.append(text)
            }
            self.records.append(record)
        }
        self.expected = self.totals.mapValues { counters in
            var texts: [String: String] = [:]
            for (name, count) in counters {
                texts[name] = name == "Value" || name == "Revenue" ? Self.text(hundredths: count) : String(count)
            }
            return texts
        }
    }

    private mutating func order(
        _ index: Int,
        _ day: String,
        products count: Int,
        _ generator: inout SeededGenerator
    ) -> String {
        let hundredths = Int.random(in: 0...100_000, using: &generator)
        let products = (0..<count).map { number in
            (id: "P\(count > 3 ? number : number * 7)", quantity: Int.random(in: 1...5, using: &generator))
        }
        self.add("REVENUE#\(day)|USD", ["Value": hundredths, "Count": 1])
        self.add("ORDERS#\(day)|TOTAL", ["TotalOrders": 1, "SuccessfulOrders": 1])
        let units = products.reduce(0) { $0 + $1.quantity }
        var shares = products.map { hundredths * $0.quantity / units }
        for place in 0..<(products.isEmpty ? 0 : hundredths - shares.reduce(0, +)) { shares[place] += 1 }
        for (product, share) in zip(products, shares) {
            self.add(
                "PRODUCT#\(day)|\(product.id)",
                ["OrderCount": 1, "Units": product.quantity, "Revenue": share]
            )
        }
        return orderEvent(
            "M\(index)",
            amount: Self.text(hundredths: hundredths),
            products: products,
            time: day + "T23:59:59.9999999Z"
        )
    }

    private mutating func add(_ row: String, _ counters: [String: Int]) {
        self.totals[row, default: [:]].merge(counters, uniquingKeysWith: +)
    }

    private static func text(hundredths: Int) -> String {
        let (whole, rest) = (hundredths / 100, hundredths % 100)
        if rest == 0 { return "\(whole)" }
        return rest % 10 == 0 ? "\(whole).\(rest / 10)" : "\(whole)." + (rest < 10 ? "0\(rest)" : "\(rest)")
    }
}
