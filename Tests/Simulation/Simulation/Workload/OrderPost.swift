internal import AWSClient
internal import JSONText
internal import Platform

/// Orders that a client posts with one request, and all that the oracle knows of them.
struct OrderPost: Sendable {
    enum Form: Sendable {
        case one
        case array
        case lines
    }

    /// One order as it is written.
    struct Entry: Sendable {
        let text: String
        /// What the order says; nil for one that has to be refused.
        let sale: Sale?
        /// The status of a refusal.
        let refusal: Int
        let words: String
    }

    /// The place in the run, from 0: what scripts call it.
    let number: Int
    /// When it is sent first, in nanoseconds of the run.
    let time: VirtualTime.Nanoseconds
    /// The `Idempotency-Key`, as the header has it.
    let key: String?
    /// The instant in a key that is a UUID of version 7, in milliseconds since 1970.
    let keyMilliseconds: Int64?
    /// The `X-Correlation-Id`.
    let correlationID: String?
    let form: Form
    let isBase64: Bool
    let entries: [Entry]

    var words: String {
        let form =
            switch self.form {
            case .one: "one order"
            case .array: "an array"
            case .lines: "lines"
            }
        return "\(form), \(self.key.map { "key \($0)" } ?? "without a key"): "
            + self.entries.map(\.words).joined(separator: "; ")
    }

    /// The request as API Gateway hands it over, with the entries at these places in it.
    ///
    /// Its caller is the same in each session of its role.
    func event(_ places: [Int], session: Int) -> [UInt8] {
        let texts = places.map { self.entries[$0].text }
        let path = self.form == .one ? "/orders" : "/orders/batch"
        let body =
            switch self.form {
            case .one: texts.joined()
            case .array: "[" + texts.joined(separator: ",") + "]"
            case .lines: texts.joined(separator: "\n") + "\n"
            }
        var writer = JSONWriter(reservingCapacity: 1_024 + body.utf8.count * 2)
        writer.object { writer in
            writer.member("version", "2.0")
            writer.member("routeKey", "POST " + path)
            writer.member("rawPath", path)
            writer.key("headers")
            writer.object { writer in
                writer.member("content-type", self.form == .lines ? "application/x-ndjson" : "application/json")
                if let key { writer.member("idempotency-key", key) }
                if let correlationID { writer.member("x-correlation-id", correlationID) }
            }
            writer.key("requestContext")
            writer.object { writer in
                writer.key("authorizer")
                writer.object { writer in
                    writer.key("iam")
                    writer.object { $0.member("userId", "AROAEXAMPLE:session-\(session)") }
                }
                writer.key("http")
                writer.object { writer in
                    writer.member("method", "POST")
                    writer.member("path", path)
                }
                writer.member("routeKey", "POST " + path)
                writer.member("stage", "$default")
            }
            writer.member("body", self.isBase64 ? Base64.encode(Array(body.utf8)) : body)
            writer.key("isBase64Encoded")
            writer.raw((self.isBase64 ? "true" : "false").utf8)
        }
        return writer.bytes
    }
}

/// Makes the posts of a run, each by its number.
enum PostMaker {
    static func posts(_ draws: Draws) -> [OrderPost] {
        var generator = draws.generator(.configuration, 4)
        let count = generator.number(2...5)
        let gap = generator.choice([VirtualTime.Nanoseconds.milliseconds(100), .seconds(3), .seconds(150)])
        return (0..<count).map { self.post($0, draws, time: gap * Int64($0) + .milliseconds(20 + 7 * $0)) }
    }

    private static func post(_ number: Int, _ draws: Draws, time: VirtualTime.Nanoseconds) -> OrderPost {
        var generator = draws.generator(.post, number)
        let form = generator.choice([OrderPost.Form.one, .one, .array, .lines])
        let count = form == .one ? 1 : generator.number(1...4)
        let milliseconds = World.epoch.millisecondsSince1970 + time / 1_000_000
        var key: String?
        var keyMilliseconds: Int64?
        switch generator.fraction() {
        case ..<0.4: key = "key-\(number)"
        case ..<0.5: key = "\"key \(number)\""
        case ..<0.75:
            let digits = String(milliseconds, radix: 16)
            let time = String(repeating: "0", count: 12 - digits.utf8.count) + digits
            key = "\(time.prefix(8))-\(time.suffix(4))-7abc-8def-00000000000\(number)"
            keyMilliseconds = milliseconds
        default: break
        }
        return OrderPost(
            number: number,
            time: time,
            key: key,
            keyMilliseconds: keyMilliseconds,
            correlationID: generator.chance(0.5) ? "request-\(number)" : nil,
            form: form,
            isBase64: generator.chance(0.2),
            entries: (0..<count).map { self.entry($0, of: number, form, draws) }
        )
    }

    private static func entry(_ place: Int, of number: Int, _ form: OrderPost.Form, _ draws: Draws) -> OrderPost.Entry {
        var generator = draws.generator(.post, number, 1 + place)
        let user = "client-\(number)-\(place)"
        if generator.chance(0.2) {
            var refusals: [(text: String, status: Int, words: String)] = [
                ("{\"UserId\":\"\(user)\",\"TotalAmount\":-1}", 422, "a negative amount"),
                ("{\"UserId\":\"\(user)\",\"TotalAmount\":1,\"currency\":\"EUR\"}", 422, "a member in another case"),
                ("{\"UserId\":\"\(user)\",\"TotalAmount\":1,\"OrderId\":1.5}", 422, "an order id with a fraction"),
                ("{\"UserId\":\"\(user)\",\"TotalAmount\":\"twelve\"}", 422, "an amount in words"),
                ("[]", 422, "no object"),
            ]
            if form != .array { refusals.append(("{\"UserId\":", 400, "half an object")) }
            let (text, status, words) = generator.choice(refusals)
            return OrderPost.Entry(text: text, sale: nil, refusal: status, words: words)
        }
        let created = World.epoch.secondsSince1970 - Int64(generator.number(0...90_000))
        let day = CivilDay.text(secondsSince1970: created)
        let saysWhen = generator.chance(0.7)
        let cents = generator.number(0...200_000)
        let products = (0..<generator.number(0...2)).map {
            Sale.Product(id: "P-\($0)", quantity: generator.number(1...4))
        }
        let sale = Sale(
            messageID: nil,
            orderID: generator.chance(0.5) ? "O-\(generator.number(0...6))" : nil,
            userID: user,
            amount: Amount(billionths: Int128(cents) * 10_000_000),
            currency: generator.choice(["USD", "EUR"]),
            products: products,
            created: saysWhen ? created : nil,
            day: saysWhen ? day : "",
            at: "\(day)T\(CivilDay.clock(secondsSince1970: created))\(generator.choice(["", ".25"]))Z"
        )
        // As many ways to write the same as clients have.
        let amount = generator.choice([sale.amount.text, "\(cents)e-2", "\"\(sale.amount.text)\""])
        var members = [
            "\"UserId\":\"\(user)\"", "\"TotalAmount\":\(amount)", "\"Currency\":\"\(sale.currency)\"",
        ]
        if let id = sale.orderID { members.append("\"OrderId\":\"\(id)\"") }
        if saysWhen { members.append("\"createdUtc\":\"\(sale.at)\"") }
        if !products.isEmpty || generator.chance(0.3) {
            members.append("\"ProductIds\":[\(products.map { "\"\($0.id)\"" }.joined(separator: ","))]")
            members.append("\"Quantities\":{\(products.map { "\"\($0.id)\":\($0.quantity)" }.joined(separator: ","))}")
        }
        if generator.chance(0.3) { members.append("\"Note\":\"gr\\u00fc\\u00dfe \\\"x\\\"\"") }
        members.shuffle(using: &generator)
        let space = generator.choice(["", " ", form == .lines ? "\t" : "\n  "])
        let text = "{" + space + members.joined(separator: "," + space) + space + "}"
        let words =
            "order \(sale.orderID ?? "without an id") of \(user), \(sale.amount.text) \(sale.currency), "
            + (saysWhen ? "of \(day)" : "of whenever it is posted")
        return OrderPost.Entry(text: text, sale: sale, refusal: 0, words: words)
    }
}
