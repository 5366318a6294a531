internal import JSONText

/// Turns the bytes of a Kinesis record, an order event or a short record, into an order.
package struct OrderRecordDecoder: Sendable {
    private let sha1: @Sendable ([UInt8]) -> [UInt8]

    /// `sha1` gives the 20 bytes of a text's SHA-1, which name-based UUIDs are made of; this module has no cryptography.
    package init(sha1: @escaping @Sendable ([UInt8]) -> [UInt8]) {
        self.sha1 = sha1
    }

    /// Decodes one record's data.
    ///
    /// `eventID` is Kinesis' (`shardId-…:<sequence number>`) and `arrival` its approximate arrival; both are asked for
    /// only where the record itself has no `MessageId`, order id or time.
    package func decode(
        _ bytes: [UInt8],
        eventID: @autoclosure () -> String,
        arrival: @autoclosure () -> Timestamp?
    ) -> OrderRecord {
        do {
            return try JSONReader.read(bytes) { reader in
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
            guard type == "OrderCreatedV1" else { return .otherType(type.string) }
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
            let created = try? fields.payload.created.utcTimestamp("")
            let time = created ?? (try? fields.occurred.utcTimestamp("")) ?? arrival()
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
        return OrderEvent(
            id: try self.eventIdentity(fields, eventID),
            orderID: try payload.orderID.identifier("$.Payload.OrderId"),
            userID: try payload.userID.optionalIdentifier("$.Payload.UserId"),
            amount: try payload.amount.amount("$.Payload.TotalAmount"),
            currency: try payload.currency.currency("$.Payload.Currency") ?? .usd,
            timestamp: try self.time(of: fields, arrival),
            lines: try payload.lines()
        )
    }

    private func short(
        _ fields: RecordFields,
        _ eventID: () -> String,
        _ arrival: () -> Timestamp?
    ) throws(OrderError) -> OrderEvent {
        OrderEvent(
            id: try self.eventIdentity(fields, eventID),
            orderID: try self.shortOrderID(fields, eventID),
            userID: try fields.customerID.identifier("$.customer_id"),
            amount: try fields.amount.amount("$.amount"),
            currency: try fields.currency.currency("$.currency") ?? .usd,
            timestamp: try self.time(of: fields, arrival),
            lines: []
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
    private func time(of fields: RecordFields, _ arrival: () -> Timestamp?) throws(OrderError) -> Timestamp {
        if let created = try fields.payload.created.utcTimestamp("$.Payload.createdUtc") { return created }
        if let occurred = try fields.occurred.utcTimestamp("$.OccurredUtc") { return occurred }
        guard let arrival = arrival() else {
            throw OrderError(.missingMember, "neither the record nor its arrival tells a time", path: "$.OccurredUtc")
        }
        return arrival
    }
}
