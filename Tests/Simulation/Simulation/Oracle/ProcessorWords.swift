internal import AWSClient
internal import Platform
internal import SimulatedAWS

/// Whether what the processors tell of an order is what the change of its item shows.
enum ProcessorWords {
    /// What a notification says that is not so, in words.
    ///
    /// A message without a currency means USD; an order was shipped when the message that said so was sent.
    static func problem(notification json: String, of change: TableChange) -> String? {
        guard let item = change.new else { return "the item was deleted" }
        let shipped = item["versions"]?.map?["status"] ?? item["timestamp"]
        let created = Moment(seconds: World.epoch.secondsSince1970 + change.time / 1_000_000_000)
        let texts: [(name: String, wanted: String?)] = [
            ("eventID", TableEvents.eventID(change)), ("orderId", change.key),
            ("currency", item["currency"]?.string ?? "USD"), ("customerId", item["userId"]?.string),
        ]
        for (name, wanted) in texts where DeadLetters.member(name, json) != wanted {
            return "\(name) is not \(wanted ?? "left out")"
        }
        if Self.number("amount", json) != Self.amount(item) { return "the amount is another one" }
        if DeadLetters.member("shippedAt", json).flatMap({ Moment($0) })
            != shipped.map({ $0.string.flatMap { Moment($0) } }) ?? created
        {
            return "it was not shipped then"
        }
        return nil
    }

    /// What a line "normal order processed" says that is not so, in words.
    static func problem(line json: String, of change: TableChange) -> String? {
        guard let item = change.new else { return "the item was deleted" }
        let status = (item["status"] ?? item["orderStatus"])?.string
        let texts = [("order_id", change.key), ("status", status ?? "")]
        for (name, wanted) in texts where DeadLetters.member(name, json)?.lowercased() != wanted.lowercased() {
            return "\(name) is not \(wanted)"
        }
        let amount = DeadLetters.member("amount", json).flatMap { Amount($0) }
        return amount == Self.amount(item) ? nil : "the amount is another one"
    }

    private static func amount(_ item: AttributeMap) -> Amount? {
        let value = item["amount"] ?? item["orderAmount"]
        return (value?.number ?? value?.string).flatMap { Amount($0) }
    }

    /// A member that is a number.
    private static func number(_ name: String, _ json: String) -> Amount? {
        let bytes = Array(json.utf8)
        let pattern = Array("\"\(name)\":".utf8)
        guard let start = Bytes.range(of: pattern, in: bytes) else { return nil }
        let end: Set<UInt8> = [UInt8(ascii: ","), UInt8(ascii: "}")]
        return Amount(String(decoding: bytes[(start + pattern.count)...].prefix { !end.contains($0) }, as: UTF8.self))
    }
}
