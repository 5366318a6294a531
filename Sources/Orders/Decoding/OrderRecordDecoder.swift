internal import JSONText

/// Turns the bytes of a Kinesis record, an order event or a short record, into an order.
package struct OrderRecordDecoder: Sendable {
    /// The version of the rules by which bytes become an order, which archived lines name.
    ///
    /// The version grows with every change by which the same bytes become something else, so that an archive can be read
    /// again by the rules of its time.
    package static let rulesVersion = 1

    private let rules: InputRules
    private let sha1: @Sendable ([UInt8]) -> [UInt8]

    /// A decoder by `rules`; `sha1` gives the 20 bytes of a text's SHA-1, which name-based UUIDs are made of, since this
    /// module has no cryptography.
    package init(rules: InputRules = InputRules(), sha1: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.rules = rules
        self.sha1 = sha1
    }

    /// Decodes one record's data, which may be the `detail` of an EventBridge envelope.
    ///
    /// `eventID` is Kinesis' (`shardId-…:<sequence number>`), asked for only where the record itself has no `MessageId` or
    /// no order id, and `arrival` its approximate arrival.
    package func decode(
        _ bytes: [UInt8],
        eventID: @autoclosure () -> String,
        arrival: @autoclosure () -> Timestamp?
    ) -> OrderRecord {
        let record = self.read(bytes, eventID, arrival)
        // Forms that take another look have nothing of an order where a record has it.
        guard case .invalid(let invalid) = record, invalid.timestamp == nil else { return record }
        if invalid.error.path == "$.Type", let detail = EventBridgeEnvelope.detail(in: bytes) {
            return self.read(bytes[detail], eventID, arrival).placing { $0.inside(".detail", at: detail.lowerBound) }
        }
        guard let form = RefusedForm.text(bytes) else { return record }
        return .invalid(InvalidOrder(error: OrderError(invalid.error.code, form)))
    }

    private func read(
        _ bytes: some Collection<UInt8>,
        _ eventID: () -> String,
        _ arrival: () -> Timestamp?
    ) -> OrderRecord {
        do {
            return try JSONReader.read(withoutByteOrderMark: bytes) { reader in
                let fields = try RecordFields(&reader)
                return self.record(fields, eventID, arrival)
            }
        } catch let error as JSONError {
            return .invalid(InvalidOrder(error: OrderError(error)))
        } catch {
            return .invalid(InvalidOrder(error: OrderError(.malformed, "the record cannot be read")))
        }
    }

    private func record(_ fields: RecordFields, _ eventID: () -> String, _ arrival: () -> Timestamp?) -> OrderRecord {
        var isEvent = false
        switch fields.type.value {
        case .string(let type):
            guard type == EventType.orderCreated else {
                let text = type.string
                guard EventType.mayBeOrderCreated(text) else { return .otherType(text) }
                let reason =
                    "the type is not OrderCreatedV1, but blank or like it; it is not skipped, since it may be an order's"
                return .invalid(InvalidOrder(error: fields.type.error(.invalidValue, reason, "$.Type")))
            }
            isEvent = true
        case .missing, .null:
            guard fields.looksLikeShortRecord else {
                let reason = "a record is an event with a Type or has customer_id and amount"
                return .invalid(InvalidOrder(error: OrderError(.missingMember, reason, path: "$.Type")))
            }
        case .number, .other:
            return .invalid(
                InvalidOrder(error: fields.type.error(.wrongType, "an event's type is a string", "$.Type"))
            )
        }
        do throws(OrderError) {
            return .order(try isEvent ? self.event(fields, eventID, arrival) : self.short(fields, eventID, arrival))
        } catch {
            let created = try? self.created(fields, arrival)
            let time = created ?? (try? self.occurred(fields, arrival)) ?? arrival()
            let id = try? fields.messageID.messageIdentifier("")
            return .invalid(InvalidOrder(error: error, id: id, timestamp: time))
        }
    }

    private func event(
        _ fields: RecordFields,
        _ eventID: () -> String,
        _ arrival: () -> Timestamp?
    ) throws(OrderError) -> OrderEvent {
        let payload = fields.payload
        let created = try self.created(fields, arrival)
        var assumptions: Assumptions = []
        return OrderEvent(
            id: try self.eventIdentity(fields, eventID),
            hasMessageID: !fields.messageID.isAbsent,
            orderID: try payload.orderID.identifier("$.Payload.OrderId"),
            userID: try payload.userID.optionalIdentifier("$.Payload.UserId"),
            amount: try payload.amount.amount("$.Payload.TotalAmount", noting: &assumptions),
            currency: try payload.currency.currency("$.Payload.Currency") ?? .usd,
            timestamp: try self.time(of: fields, created: created, arrival),
            created: created,
            lines: try payload.lines(),
            assumptions: assumptions
        )
    }

    private func short(
        _ fields: RecordFields,
        _ eventID: () -> String,
        _ arrival: () -> Timestamp?
    ) throws(OrderError) -> OrderEvent {
        var assumptions: Assumptions = []
        return OrderEvent(
            id: try self.eventIdentity(fields, eventID),
            hasMessageID: !fields.messageID.isAbsent,
            orderID: try self.shortOrderID(fields, eventID),
            userID: try fields.customerID.identifier("$.customer_id"),
            amount: try fields.amount.amount("$.amount", noting: &assumptions),
            currency: try fields.currency.currency("$.currency") ?? .usd,
            timestamp: try self.time(of: fields, created: try self.created(fields, arrival), arrival),
            created: nil,
            lines: [],
            assumptions: assumptions
        )
    }

    private func shortOrderID(_ fields: RecordFields, _ eventID: () -> String) throws(OrderError) -> OrderID {
        if let id = try fields.orderID.optionalIdentifier("$.order_id") { return id }
        return try NamedUUID.identifier(of: eventID(), sha1: self.sha1)
    }

    private func eventIdentity(_ fields: RecordFields, _ eventID: () -> String) throws(OrderError) -> Identifier {
        if let id = try fields.messageID.messageIdentifier("$.MessageId") { return id }
        guard let id = Identifier(eventID()) else {
            throw OrderError(.missingMember, "the record has neither a MessageId nor an event id", path: "$.MessageId")
        }
        return id
    }

    /// When the order happened: `createdUtc`, else `OccurredUtc`, else the record's arrival.
    private func time(
        of fields: RecordFields,
        created: Timestamp?,
        _ arrival: () -> Timestamp?
    ) throws(OrderError) -> Timestamp {
        if let created { return created }
        if let occurred = try self.occurred(fields, arrival) { return occurred }
        guard let arrival = arrival() else {
            throw OrderError(.missingMember, "neither the record nor its arrival tells a time", path: "$.OccurredUtc")
        }
        return arrival
    }

    private func created(_ fields: RecordFields, _ arrival: () -> Timestamp?) throws(OrderError) -> Timestamp? {
        try fields.payload.created.utcTimestamp("$.Payload.createdUtc", self.rules, arrival: arrival)
    }

    private func occurred(_ fields: RecordFields, _ arrival: () -> Timestamp?) throws(OrderError) -> Timestamp? {
        try fields.occurred.utcTimestamp("$.OccurredUtc", self.rules, arrival: arrival)
    }
}

extension OrderRecord {
    /// The same record, its error moved.
    fileprivate func placing(_ move: (OrderError) -> OrderError) -> OrderRecord {
        guard case .invalid(let invalid) = self else { return self }
        return .invalid(InvalidOrder(error: move(invalid.error), id: invalid.id, timestamp: invalid.timestamp))
    }
}
