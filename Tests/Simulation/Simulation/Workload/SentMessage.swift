internal import Platform

/// What one message or record says about one order.
struct OrderFacts: Sendable {
    enum Value: Hashable, Sendable {
        case text(String)
        case number(Amount)

        /// Of two values of one instant the greater wins: numbers by value, text by its bytes.
        func isLess(than other: Value) -> Bool {
            switch (self, other) {
            case (.number(let left), .number(let right)): left < right
            case (.text(let left), .text(let right)): left.utf8.lexicographicallyPrecedes(right.utf8)
            case (.text, .number), (.number, .text): false
            }
        }

        var words: String {
            switch self {
            case .text(let text): text
            case .number(let amount): amount.text
            }
        }
    }

    let orderID: String
    let at: Moment
    let attributes: [String: Value]
}

/// A message that was sent to the queue of orders, as is or through SNS.
struct SentMessage: Sendable {
    let number: Int
    /// When the queue receives it, in nanoseconds of the run.
    let arrival: VirtualTime.Nanoseconds
    /// What the queue holds.
    let body: String
    /// Nil for a message that nobody can read.
    let facts: OrderFacts?
    let words: String

    var id: String { "message-\(self.number)" }
}

/// Makes the messages of a run, each by its number.
enum MessageMaker {
    private static let statuses = ["new", "pending", "shipped", "Shipped", "cancelled"]
    static let emails = ["ada@example.com", "bob@contest.com", "a@TEST.com", "x@sub.test.com"]

    static func messages(_ draws: Draws) -> [SentMessage] {
        var generator = draws.generator(.configuration, 3)
        let count = generator.number(3...9)
        let gap = generator.choice([VirtualTime.Nanoseconds.milliseconds(150), .seconds(2), .seconds(100)])
        return (0..<count).map { number in
            self.message(number, draws, arrival: gap * Int64(number) + .milliseconds(number))
        }
    }

    private static func message(_ number: Int, _ draws: Draws, arrival: VirtualTime.Nanoseconds) -> SentMessage {
        var generator = draws.generator(.message, number)
        let isThroughSNS = generator.chance(0.5)
        func sent(_ text: String, _ facts: OrderFacts?, _ words: String) -> SentMessage {
            SentMessage(
                number: number,
                arrival: arrival,
                body: isThroughSNS ? self.envelope(text) : text,
                facts: facts,
                words: words + (isThroughSNS ? ", through SNS" : "")
            )
        }
        if generator.chance(0.1) {
            let texts = [
                "not JSON at all", "{\"orderId\":\"\",\"timestamp\":\"2025-08-27T10:00:00Z\"}",
                "{\"orderId\":\"X\",\"amount\":\"abc\"}",
            ]
            return sent(generator.choice(texts), nil, "an unreadable message")
        }
        if number > 0, generator.chance(0.12) {
            let other = self.message(generator.number(0...number - 1), draws, arrival: arrival)
            if other.facts != nil {
                let words = "the same as message \(other.number): " + other.words
                return SentMessage(number: number, arrival: arrival, body: other.body, facts: other.facts, words: words)
            }
        }
        var (members, attributes): ([String], [String: OrderFacts.Value]) = ([], [:])
        func add(_ name: String, _ json: String, _ value: OrderFacts.Value) {
            members.append("\"\(name)\":\(json)")
            attributes[name] = value
        }
        let orderID = "O-\(generator.number(0...4))"
        if generator.chance(0.7) {
            let status = generator.choice(self.statuses)
            add("status", "\"\(status)\"", .text(status))
        }
        if generator.chance(0.6) {
            let thousandths = generator.choice([100_000, 100_010, 1_000_000, 1_000_010, 1_500_000, 99_990])
            let amount = Amount(billionths: Int128(thousandths) * 1_000_000)
            add("amount", amount.text, .number(amount))
        }
        if generator.chance(0.3) {
            let currency = generator.choice(["EUR", "USD"])
            add("currency", "\"\(currency)\"", .text(currency))
        }
        if generator.chance(0.4) {
            let user = "user-\(generator.number(0...3))"
            add("userId", "\"\(user)\"", .text(user))
        }
        if generator.chance(0.3) {
            let email = generator.choice(self.emails)
            add("customerEmail", "\"\(email)\"", .text(email))
        }
        if generator.chance(0.3) {
            let quantity = generator.number(1...5)
            add("quantity", "\(quantity)", .number(Amount(quantity)))
        }
        // Few instants, so that several messages have the same one.
        let seconds = World.epoch.secondsSince1970 - Int64(generator.number(0...6)) * 600
        let fraction = generator.choice(["", ".5", ".1234567"])
        let (day, clock) = (CivilDay.text(secondsSince1970: seconds), CivilDay.clock(secondsSince1970: seconds))
        let text = "\(day)T\(clock)\(fraction)Z"
        let at = Moment(text) ?? Moment(seconds: seconds)
        let json = "{\"orderId\":\"\(orderID)\",\"timestamp\":\"\(text)\"\(members.map { "," + $0 }.joined())}"
        return sent(
            json,
            OrderFacts(orderID: orderID, at: at, attributes: attributes),
            "order \(orderID) of \(text): \(members.joined(separator: ", "))"
        )
    }

    private static func envelope(_ text: String) -> String {
        var escaped = ""
        for character in text { escaped += character == "\"" ? "\\\"" : String(character) }
        return "{\"Type\":\"Notification\",\"MessageId\":\"00000000-0000-0000-0000-000000000000\","
            + "\"TopicArn\":\"arn:aws:sns:eu-central-1:000000000000:orders\",\"Message\":\"\(escaped)\","
            + "\"Timestamp\":\"2025-08-27T18:08:00.000Z\",\"SignatureVersion\":\"1\",\"Signature\":\"\","
            + "\"SigningCertURL\":\"\",\"UnsubscribeURL\":\"\"}"
    }
}

extension SentRecord {
    /// What the record says about its order; nil where it is no order that can be read.
    var facts: OrderFacts? {
        guard case .sale(let sale) = self.meaning else { return nil }
        var attributes: [String: OrderFacts.Value] = [
            "amount": .number(sale.amount), "currency": .text(sale.currency), "userId": .text(sale.userID),
        ]
        if let correlationID = self.correlationID { attributes["correlationId"] = .text(correlationID) }
        return OrderFacts(
            orderID: sale.orderID ?? "of " + sale.userID,
            at: sale.created == nil
                ? self.occurred ?? Moment(arrival: self.arrival) : Moment(sale.at) ?? Moment(seconds: 0),
            attributes: attributes
        )
    }
}
