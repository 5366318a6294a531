import JSONText
import Orders
import Testing

/// What docs/formats.md promises to producers, spelling by spelling, in every member of its kind and through every
/// envelope.
@Suite struct SpellingTableTests {
    private static let arrival = Timestamp("2025-08-27T18:08:00Z")
    private static let eventID = "shardId-000000000006:49590338271490256608559692538361571095921575989136588898"

    /// A member, and how it may be written.
    struct Case: Sendable, CustomTestStringConvertible {
        let member: FormatTables.Member
        let spelling: FormatTables.Spelling

        var testDescription: String { "\(self.member.testDescription): \(self.spelling.sent)" }
    }

    private static func cases(_ shapes: String...) -> [Case] {
        FormatTables.shared.members.filter { shapes.contains($0.shape) }.flatMap { member in
            FormatTables.shared.spellings.filter { member.kinds.contains($0.kind) }.map {
                Case(member: member, spelling: $0)
            }
        }
    }

    /// What one member of a document was read as.
    private enum Reading: Equatable {
        case value(String, Assumptions)
        case absent
        case skipped
        case refused(reason: String, path: String)
    }

    @Test func `the tables are there, and every kind has spellings and members`() {
        let tables = FormatTables.shared
        #expect(tables.members.count >= 30)
        #expect(tables.spellings.count >= 120)
        let kinds = Set(tables.members.flatMap(\.kinds))
        #expect(kinds == Set(tables.spellings.map(\.kind)))
    }

    @Test(arguments: cases("order event", "short record"), [false, true])
    func `a record of Kinesis is read as the table says`(item: Case, isInEnvelope: Bool) throws {
        let text = Self.document(item)
        let event = isInEnvelope ? Self.envelope(text) : text
        let record = OrderRecordDecoder(keepsCorrelationIDs: true, sha1: testSHA1).decode(
            Array(event.utf8),
            eventID: Self.eventID,
            arrival: Self.arrival
        )
        let reading: Reading =
            switch record {
            case .order(let order): Self.reading(of: item.member, in: order)
            case .otherType: .skipped
            case .invalid(let invalid): .refused(reason: invalid.error.reason, path: invalid.error.path)
            }
        try Self.check(reading, item, path: (isInEnvelope ? "$.detail." : "$.") + item.member.path)
        // What is refused for its instant is not counted in that instant's day.
        if case .invalid(let invalid) = record, item.member.kind == "UTC instant" {
            #expect(invalid.timestamp == Self.arrival)
        }
        if case .invalid(let invalid) = record, item.member.kind == "message id" { #expect(invalid.id == nil) }
    }

    @Test(arguments: cases("order message"), [false, true])
    func `an order message is read as the table says`(item: Case, isInEnvelope: Bool) throws {
        let text = Self.document(item)
        let message = isInEnvelope ? Self.envelope(text) : text
        let order = Result { () throws(OrderError) in
            try OrderUpdate(message: Array(message.utf8), arrival: Self.arrival)
        }
        let reading = try Self.reading(order, item)
        try Self.check(reading, item, path: (isInEnvelope ? "$.detail." : "$.") + item.member.path)
    }

    @Test(arguments: cases("stream image"))
    func `a stream image is read as the table says, whole and for its routing`(item: Case) throws {
        let text = Self.document(item)
        for isWhole in [true, false] {
            let reading = try Self.reading(isWhole ? Self.whole(text) : Self.routed(text), item)
            try Self.check(reading, item, path: "$." + item.member.path)
        }
    }

    @Test(arguments: FormatTables.shared.spellings.filter { $0.kind == "instant" && $0.reading.contains("zoneless") })
    func `what the table counts as zoneless is refused where the parameter says so`(spelling: FormatTables.Spelling) {
        let error = #expect(throws: OrderError.self) {
            try OrderUpdate(
                message: Array(#"{"orderId":"O","timestamp":\#(spelling.sent)}"#.utf8),
                rules: InputRules(zonelessTimestamps: .refuse)
            )
        }
        #expect(error?.reason.contains("no zone") == true)
    }

    @Test(
        arguments: [
            ("\u{FEFF}", nil), ("", nil), ("\u{FEFF}\u{FEFF}", "malformed"), ("\u{FEFF} ", nil),
        ] as [(String, String?)]
    )
    func `a byte order mark is skipped once`(mark: String, code: String?) throws {
        let message = #"{"orderId":"O","timestamp":"2025-08-27T18:08:00Z"}"#
        let order = Result { () throws(OrderError) in try OrderUpdate(message: Array((mark + message).utf8)) }
        let record = OrderRecordDecoder(sha1: testSHA1).decode(
            Array((mark + #"{"customer_id":"1","amount":5}"#).utf8),
            eventID: Self.eventID,
            arrival: Self.arrival
        )
        if case .success = order { #expect(code == nil) } else { #expect(code != nil) }
        if case .order = record { #expect(code == nil) } else { #expect(code != nil) }
    }

    @Test(
        arguments: [
            (Array("{\"orderId\":\"O\"}".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }), "UTF-16"),
            (
                [0xFF, 0xFE] + Array("{\"orderId\":\"O\"}".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }),
                "UTF-16"
            ),
            (Array("{}".utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] }), "UTF-16"),
            (
                Array(#"["software.amazon.payloadoffloading.PayloadS3Pointer",{"s3BucketName":"b","s3Key":"k"}]"#.utf8),
                "SQS extended client"
            ),
            (
                Array(#"["com.amazon.sqs.javamessaging.MessageS3Pointer",{"s3BucketName":"b"}]"#.utf8),
                "SQS extended client"
            ),
            (Array(#"{"Service":"Amazon S3","Event":"s3:TestEvent","Bucket":"b"}"#.utf8), "s3:TestEvent"),
        ] as [([UInt8], String)]
    )
    func `what is no order is refused by its name`(text: [UInt8], name: String) throws {
        let error = #expect(throws: OrderError.self) { try OrderUpdate(message: text) }
        #expect(error?.reason.contains(name) == true)
        let record = OrderRecordDecoder(sha1: testSHA1).decode(text, eventID: Self.eventID, arrival: Self.arrival)
        guard case .invalid(let invalid) = record else {
            Issue.record("not refused")
            return
        }
        #expect(invalid.error.reason.contains(name))
        #expect(invalid.timestamp == nil)
    }

    // MARK: Documents

    private static func document(_ item: Case) -> String {
        let sent = item.spelling.sent
        let name = String(item.member.path.split(separator: ".").last ?? "")
        switch item.member.shape {
        case "short record":
            return self.object(["customer_id": #""1""#, "amount": "5"], name, sent)
        case "order message":
            return self.object(["orderId": #""O""#, "timestamp": #""2025-08-27T18:08:00Z""#], name, sent)
        case "stream image":
            return self.object(["orderId": #"{"S":"O"}"#], name, sent)
        default:
            let payload = ["OrderId": #""O""#, "TotalAmount": "5"]
            let inner =
                switch name {
                case "ProductIds[]": self.object(payload, "ProductIds", "[\(sent)]")
                case "Quantities":
                    self.object(payload.merging(["ProductIds": #"["P"]"#]) { $1 }, "Quantities", sent)
                case "Quantities{}":
                    self.object(payload.merging(["ProductIds": #"["P"]"#]) { $1 }, "Quantities", #"{"P":\#(sent)}"#)
                default:
                    item.member.path.hasPrefix("Payload.") ? self.object(payload, name, sent) : self.object(payload)
                }
            let outer = ["Type": #""OrderCreatedV1""#, "Payload": inner]
            return item.member.path.hasPrefix("Payload.") ? self.object(outer) : self.object(outer, name, sent)
        }
    }

    private static func object(_ members: [String: String], _ name: String? = nil, _ value: String = "") -> String {
        var members = members
        if let name { members[name] = value }
        return "{" + members.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
            + "}"
    }

    private static func envelope(_ detail: String) -> String {
        #"{"version":"0","id":"e","detail-type":"Order","source":"shop","time":"2025-08-27T18:08:00Z","detail": \#(detail)}"#
    }

    private static func whole(_ text: String) throws -> Result<OrderImage, OrderError> {
        try image(text.utf8, OrderImage.read(image:))
    }

    private static func routed(_ text: String) throws -> Result<OrderImage, OrderError> {
        try image(text.utf8, RoutingAttributes.read(image:)).map { OrderImage(routing: $0) }
    }

    // MARK: Readings

    private static func reading(of member: FormatTables.Member, in event: OrderEvent) -> Reading {
        let value: String? =
            switch member.path {
            case "MessageId": event.id.text == self.eventID ? nil : event.id.text
            case "Payload.OrderId", "order_id": event.orderID.text
            case "Payload.UserId", "customer_id": event.userID?.text
            case "Payload.TotalAmount", "amount": event.amount.text
            case "Payload.Currency", "currency": event.currency.text
            case "Payload.ProductIds", "Payload.ProductIds[]": event.lines.first?.productID.text
            case "Payload.Quantities", "Payload.Quantities{}": (event.lines.first?.quantity).map { String($0) }
            case "Type": "counted"
            case "CorrelationId": event.correlationID
            default: event.timestamp.text
            }
        return value.map { .value($0, event.assumptions) } ?? .absent
    }

    private static func reading(of member: FormatTables.Member, in update: OrderUpdate) -> Reading {
        let value: String? =
            switch member.path {
            case "orderId": update.id.text
            case "userId": update.userID?.text
            case "timestamp": update.timestamp.text
            case "amount": update.amount?.text
            case "currency": update.currency?.text
            case "quantity": update.quantity.map { String($0) }
            case "status": update.status?.text
            case "customerEmail": update.customerEmail
            case "correlationId": update.correlationID
            default: update.itemName
            }
        return value.map { .value($0, update.assumptions) } ?? .absent
    }

    private static func reading(of member: FormatTables.Member, in image: OrderImage) -> Reading {
        let value: String? =
            switch member.path {
            case "orderId": image.id.text
            case "userId": image.userID?.text
            case "timestamp": image.timestamp?.text
            case "amount", "orderAmount": image.routing.amount?.text
            case "currency": image.currency?.text
            case "quantity": image.quantity.map { String($0) }
            case "status", "orderStatus": image.routing.status?.text
            case "customerEmail": image.routing.customerEmail
            case "correlationId": image.routing.correlationID
            default: image.itemName
            }
        return value.map { .value($0, image.assumptions) } ?? .absent
    }

    private static func reading(_ update: Result<OrderUpdate, OrderError>, _ item: Case) throws -> Reading {
        switch update {
        case .success(let update):
            try self.checkDecision(item, status: update.status, address: update.customerEmail)
            return self.reading(of: item.member, in: update)
        case .failure(let error): return .refused(reason: error.reason, path: error.path)
        }
    }

    private static func reading(_ image: Result<OrderImage, OrderError>, _ item: Case) throws -> Reading {
        switch image {
        case .success(let image):
            try self.checkDecision(item, status: image.routing.status, address: image.routing.customerEmail)
            return self.reading(of: item.member, in: image)
        case .failure(let error): return .refused(reason: error.reason, path: error.path)
        }
    }

    private static func check(_ reading: Reading, _ item: Case, path: String) throws {
        let spelling = item.spelling
        if let refusal = spelling.refusal {
            guard case .refused(let reason, let place) = reading else {
                Issue.record("not refused: \(reading)")
                return
            }
            #expect(reason.contains(refusal))
            let expected = path.replacing("ProductIds[]", with: "ProductIds[0]")
                .replacing("Quantities{}", with: "Quantities, of product 0")
            // Of a quantity that is lost the place is its product's, as where it is wrong.
            let isOfProduct = item.member.kind == "quantities" && place == expected + ", of product 0"
            #expect(place == expected || isOfProduct)
        } else if spelling.reading.hasPrefix("absent") {
            #expect(reading == .absent)
        } else if spelling.reading.hasPrefix("skipped") {
            #expect(reading == .skipped)
        } else {
            var assumptions: Assumptions = []
            if spelling.reading.contains("`rounded_amounts`") { assumptions.insert(.roundedAmount) }
            if spelling.reading.contains("`zoneless_timestamps`"), item.member.kind == "instant" {
                assumptions.insert(.zonelessTimestamp)
            }
            #expect(reading == .value(spelling.value ?? spelling.reading, assumptions))
        }
    }

    /// What the processors do with a status or an address.
    private static func checkDecision(_ item: Case, status: OrderStatus?, address: String?) throws {
        let reading = item.spelling.reading
        let routing = RoutingAttributes(
            id: try id("O"),
            status: reading.contains("handled as") ? status : "shipped",
            amount: try money("1500"),
            customerEmail: address
        )
        let image = OrderImage(routing: routing)
        let rules = try rules()
        let decision = try rules.normalDecision(change: .modify, order: .success(routing))
        if item.member.kind.hasSuffix("status"), reading.contains("handled as") {
            #expect(decision == .process(routing))
            let old = #"{"orderId":{"S":"O"},"status":{"S":"PENDING"}}"#
            let premium = try rules.premiumDecision(
                change: .modify,
                oldImage: Array(old.utf8)[...],
                order: .success(image)
            )
            #expect(premium == (reading.contains("`shipped`") ? .process(image) : .skip(.status)))
        }
        if item.member.kind.hasSuffix("address") {
            #expect(decision == (reading.contains("a test address") ? .skip(.testAddress) : .process(routing)))
        }
    }
}
