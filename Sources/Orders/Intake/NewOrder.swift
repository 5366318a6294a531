package import JSONText
package import Platform

/// An order that a client posts, in the spelling of an order event's `Payload`: checked, and not yet an event.
///
/// Its members are judged by the rules of `OrderRecordDecoder`, all of them before it is refused. Four things are
/// stricter, so that nothing behind the stream refuses what was accepted: an id's length, since a partition key of
/// Kinesis has at most 256 characters; the number of products and of quantities; the depth, since the event puts the
/// order one level deeper; and the instant, which is compared with a clock that may differ from the stream's. Three are
/// stricter since a client is told at once of what means nothing behind the stream: a name that differs from a known
/// one in case alone is refused also where the known one is there; a quantity is one also where its product is not
/// listed; and `Channel` and `Region` are texts.
package struct NewOrder: Sendable, Equatable {
    /// Characters of an id: so many take at most 512 bytes of UTF-8 and 256 units of UTF-16.
    package static let maximumIDCharacters = 128
    /// Products, and quantities, of one order: each is a row to be counted in.
    package static let maximumProducts = 1_000
    /// How far the stream's clock may be behind the intake's.
    package static let clockTolerance = Duration.seconds(300)

    /// The earliest that the stream may say an order arrived which came here at `now`.
    static func earliestArrival(of now: UTCInstant) -> Timestamp { Timestamp(now + (.zero - self.clockTolerance)) }

    /// Nil where the intake has to make one.
    package let orderID: OrderID?
    /// What is posted besides, each member with a comma before it and as it was written.
    private let members: [UInt8]

    /// Reads one order, which stands at the JSON Pointer `place` of the posted document.
    ///
    /// Throws a `JSONError` where the text is none; else the order, or everything that is wrong with it.
    package static func read(
        _ reader: inout JSONReader,
        at place: String = "",
        rules: InputRules,
        now: UTCInstant
    ) throws -> Result<NewOrder, OrderOffences> {
        guard try reader.peek() == .object else {
            try reader.skip()
            return .failure(OrderOffences([OrderOffence(pointer: place, detail: "an order is an object")]))
        }
        let start = reader.position
        var payload = PayloadFields()
        try payload.read(&reader)
        reader.rewind(to: start)
        let further = try PostedMembers(&reader)
        var check = NewOrderCheck(place: place, rules: rules, now: now)
        check.judge(payload, further)
        guard check.offences.count == 0 else { return .failure(check.offences) }
        return .success(NewOrder(orderID: check.orderID, members: further.text))
    }

    /// The event that is put into the stream.
    package func event(
        messageID: Identifier,
        correlationID: String,
        orderID: OrderID,
        occurred: UTCInstant
    ) -> [UInt8] {
        var writer = JSONWriter(reservingCapacity: 320 + self.members.count)
        writer.object { writer in
            writer.member("MessageId", messageID.text)
            writer.member("OccurredUtc", Timestamp(occurred).text)
            writer.member("Type", "OrderCreatedV1")
            writer.key("Version")
            writer.integer(1)
            writer.member("CorrelationId", correlationID)
            writer.member("PartitionKey", orderID.text)
            writer.key("Payload")
            var payload: [UInt8] = Array(#"{"OrderId":"#.utf8)
            payload.reserveCapacity(payload.count + orderID.text.utf8.count + self.members.count + 16)
            JSONWriter.appendQuoted(orderID.text, to: &payload)
            payload += self.members
            payload.append(UInt8(ascii: "}"))
            writer.raw(payload)
        }
        return writer.bytes
    }
}

/// The members of a posted order as they are written, and those that the decoder has no need of.
struct PostedMembers {
    /// Each member but `OrderId`, the last one of a name, with a comma before it.
    let text: [UInt8]
    let channel: JSONField
    let region: JSONField
    /// Names that differ from one that means something in case alone, with the one that they differ from.
    let misspelt: [(name: String, meant: String)]

    init(_ reader: inout JSONReader) throws {
        var members: [(key: JSONString, value: Range<Int>)] = []
        var channel = JSONField()
        var region = JSONField()
        var misspelt: [(name: String, meant: String)] = []
        try reader.readObject { key, reader in
            let position = reader.position
            switch key {
            case "Channel": channel = try reader.readField()
            case "Region": region = try reader.readField()
            case "OrderId", "UserId", "TotalAmount", "Currency", "ProductIds", "Quantities", "createdUtc": break
            default: if let meant = Self.meant(by: key) { misspelt.append((key.string, meant)) }
            }
            reader.rewind(to: position)
            members.append((key, try reader.skip()))
        }
        self.channel = channel
        self.region = region
        self.misspelt = misspelt
        self.text = Self.text(of: members, reader)
    }

    private static func meant(by key: JSONString) -> String? {
        // Names with another `_` or `-` are left to the decoder's rule, which takes them beside the right one.
        if let name = PayloadName.meant(by: key), key.equalsIgnoringCase(name.text) { return "\(name.text)" }
        // These two decide nothing behind the stream.
        let further: [StaticString] = ["Channel", "Region"]
        return further.first { key.equalsIgnoringCase($0) }.map { "\($0)" }
    }

    private static func text(
        of members: [(key: JSONString, value: Range<Int>)],
        _ reader: borrowing JSONReader
    ) -> [UInt8] {
        var known: Set<[UInt8]> = [Array("OrderId".utf8)]
        // Of a repeated name the last one counts, and the archive's readers take no name twice.
        let kept = members.reversed().filter { known.insert($0.key.utf8).inserted }.reversed()
        var text: [UInt8] = []
        text.reserveCapacity(kept.reduce(0) { $0 + $1.value.count + 24 })
        for (key, value) in kept {
            text.append(UInt8(ascii: ","))
            text.append(UInt8(ascii: "\""))
            key.appendWritten(to: &text)
            text.append(contentsOf: "\":".utf8)
            reader.append(value, to: &text)
        }
        return text
    }
}
