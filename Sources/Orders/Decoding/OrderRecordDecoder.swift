package import JSONText

/// Turns the bytes of a Kinesis record, an order event or a short record, into an order.
package struct OrderRecordDecoder: Sendable {
    /// The version of the rules by which bytes become an order, which archived lines name.
    ///
    /// The version grows with every change by which the same bytes become something else, so that an archive can be read
    /// again by the rules of its time.
    package static let rulesVersion = 3

    /// One object, so that a record that is read refers to all of it by one reference.
    fileprivate final class Configuration: Sendable {
        let rules: InputRules
        let keepsCorrelationIDs: Bool
        let sha1: @Sendable ([UInt8]) -> [UInt8]

        init(rules: InputRules, keepsCorrelationIDs: Bool, sha1: @escaping @Sendable ([UInt8]) -> [UInt8]) {
            self.rules = rules
            self.keepsCorrelationIDs = keepsCorrelationIDs
            self.sha1 = sha1
        }
    }

    fileprivate let configuration: Configuration

    /// A decoder by `rules`; `sha1` gives the 20 bytes of a text's SHA-1, which name-based UUIDs are made of, since this
    /// module has no cryptography.
    ///
    /// Correlation ids are texts of the heap, 1,300 instructions a record: only who stores or logs them has them kept.
    package init(
        rules: InputRules = InputRules(),
        keepsCorrelationIDs: Bool = false,
        sha1: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        self.configuration = Configuration(rules: rules, keepsCorrelationIDs: keepsCorrelationIDs, sha1: sha1)
    }

    /// Decodes one record's data, which may be the `detail` of an EventBridge envelope.
    ///
    /// `eventID` is Kinesis' id of the record (`shardId-…:<sequence number>`), asked for only where it has to stand for a
    /// `MessageId` or an order id, and `arrival` the record's approximate arrival.
    package func decode(
        _ bytes: [UInt8],
        eventID: @autoclosure () -> String,
        arrival: Timestamp?
    ) -> OrderRecord {
        self.decode(bytes[...], eventID: eventID(), arrival: arrival)
    }

    /// Decodes one record's data where it stands in others.
    package func decode(
        _ data: ArraySlice<UInt8>,
        eventID: @autoclosure () -> String,
        arrival: Timestamp?
    ) -> OrderRecord {
        let record = self.read(data, eventID, arrival)
        // Forms that take another look have nothing of an order where a record has it.
        guard case .invalid(let invalid) = record, invalid.timestamp == nil else { return record }
        let bytes = Array(data)
        if let detail = EventBridgeEnvelope.detail(in: bytes) {
            return self.read(bytes[detail], eventID, arrival).inside(".detail", at: detail.lowerBound)
        }
        guard let form = RefusedForm.text(bytes) else { return record }
        return .invalid(InvalidOrder(error: OrderError(invalid.error.code, form)))
    }

    /// Decodes the record that comes next in a text; nil where it is to be decoded by its bytes alone, which tells what is
    /// wrong with it.
    ///
    /// The reader stands behind the record only if there is a result.
    package func decode(
        _ reader: inout JSONReader,
        eventID: @autoclosure () -> String,
        arrival: Timestamp?
    ) -> OrderRecord? {
        do {
            let record = try RecordReading(&reader, eventID, arrival, self).record()
            if case .invalid = record { return nil }
            return record
        } catch {
            return nil
        }
    }

    private func read(
        _ bytes: ArraySlice<UInt8>,
        _ eventID: () -> String,
        _ arrival: Timestamp?
    ) -> OrderRecord {
        do {
            return try JSONReader.read(withoutByteOrderMark: bytes) { reader in
                try RecordReading(&reader, eventID, arrival, self).record()
            }
        } catch let error as JSONError {
            return .invalid(InvalidOrder(error: OrderError(error)))
        } catch {
            return .invalid(InvalidOrder(error: OrderError(.malformed, "the record cannot be read")))
        }
    }
}

/// One record on its way to becoming an order.
///
/// It has some 40 words, which nobody copies.
private struct RecordReading: ~Copyable {
    let fields: RecordFields
    /// Kinesis' id of the record; empty where the record's own ids are enough.
    let eventID: String
    let arrival: Timestamp?
    let configuration: OrderRecordDecoder.Configuration

    init(
        _ reader: inout JSONReader,
        _ eventID: () -> String,
        _ arrival: Timestamp?,
        _ decoder: OrderRecordDecoder
    ) throws {
        self.fields = try RecordFields(&reader)
        self.eventID = self.fields.needsEventID ? eventID() : ""
        self.arrival = arrival
        self.configuration = decoder.configuration
    }

    /// What the record turns out to be.
    func record() -> OrderRecord {
        switch self.fields.type.value {
        case .string(let type) where type == EventType.orderCreated:
            return self.counted { () throws(OrderError) in try self.event() }
        case .string(let type):
            let text = type.string
            guard EventType.mayBeOrderCreated(text) else { return .otherType(text) }
            let reason =
                "the type is not OrderCreatedV1, but blank or like it; it is not skipped, since it may be an order's"
            return .invalid(InvalidOrder(error: self.fields.type.error(.invalidValue, reason, "$.Type")))
        case .missing, .null:
            if self.fields.looksLikeShortRecord {
                return self.counted { () throws(OrderError) in try self.shortRecord() }
            }
            return .invalid(InvalidOrder(error: self.fields.unknownShape))
        case .number, .other:
            let error = self.fields.type.error(.wrongType, "an event's type is a string", "$.Type")
            return .invalid(InvalidOrder(error: error))
        }
    }

    /// The order, or the invalid one in the day that it would have been counted in.
    private func counted(_ order: () throws(OrderError) -> OrderEvent) -> OrderRecord {
        do {
            return .order(try order())
        } catch {
            let timestamp = (try? self.created()) ?? (try? self.occurred()) ?? self.arrival
            let id = try? self.fields.messageID.messageIdentifier("$.MessageId")
            return .invalid(InvalidOrder(error: error, id: id, timestamp: timestamp))
        }
    }

    private func event() throws(OrderError) -> OrderEvent {
        if let misspelt = self.fields.misspeltEventMember { throw misspelt }
        if let offset = self.fields.payload.offsetOfOther {
            throw OrderError(
                .wrongType,
                "Payload is an object, and no text that holds one",
                path: "$.Payload",
                offset: offset
            )
        }
        let created = try self.created()
        var assumptions = Assumptions(rawValue: 0)
        return OrderEvent(
            id: try self.identity(),
            hasMessageID: !self.fields.messageID.isAbsent,
            orderID: try self.fields.payload.orderID.orderIdentifier("$.Payload.OrderId"),
            userID: try self.fields.payload.userID.optionalIdentifier("$.Payload.UserId"),
            amount: try self.fields.payload.amount.amount("$.Payload.TotalAmount", noting: &assumptions),
            currency: try self.fields.payload.currency.currency("$.Payload.Currency") ?? .usd,
            timestamp: try self.timestamp(created: created),
            created: created,
            lines: try self.fields.payload.lines(),
            assumptions: assumptions,
            correlationID: self.correlationID
        )
    }

    private var correlationID: String? {
        self.configuration.keepsCorrelationIDs ? self.fields.correlationID.correlationID : nil
    }

    private func shortRecord() throws(OrderError) -> OrderEvent {
        if let misspelt = self.fields.misspeltShortMember { throw misspelt }
        var assumptions = Assumptions(rawValue: 0)
        let own = try self.fields.orderID.optionalOrderIdentifier("$.order_id")
        return OrderEvent(
            id: try self.identity(),
            hasMessageID: !self.fields.messageID.isAbsent,
            orderID: self.shortOrderID(own),
            hasOwnOrderID: own != nil,
            userID: try self.fields.customerID.identifier("$.customer_id"),
            amount: try self.fields.amount.amount("$.amount", noting: &assumptions),
            currency: try self.fields.currency.currency("$.currency") ?? .usd,
            timestamp: try self.timestamp(created: try self.created()),
            created: nil,
            lines: [],
            assumptions: assumptions
        )
    }

    /// The short record's own order id, else one that is made of Kinesis' id of the record, which every delivery of it has.
    private func shortOrderID(_ own: OrderID?) -> OrderID {
        if let own { return own }
        return NamedUUID.identifier(of: self.eventID, sha1: self.configuration.sha1)
    }

    /// What makes the record count once: its `MessageId`, else Kinesis' id of it.
    private func identity() throws(OrderError) -> Identifier {
        if let id = try self.fields.messageID.messageIdentifier("$.MessageId") { return id }
        guard let id = Identifier(self.eventID) else {
            throw OrderError(.missingMember, "the record has neither a MessageId nor an event id", path: "$.MessageId")
        }
        return id
    }

    /// When the order happened: `createdUtc`, else `OccurredUtc`, else the record's arrival.
    private func timestamp(created: Timestamp?) throws(OrderError) -> Timestamp {
        if let created { return created }
        if let timestamp = try self.occurred() ?? self.arrival { return timestamp }
        throw OrderError(.missingMember, "neither the record nor its arrival tells a time", path: "$.OccurredUtc")
    }

    private func created() throws(OrderError) -> Timestamp? {
        try self.fields.payload.created.utcTimestamp(
            "$.Payload.createdUtc",
            self.configuration.rules,
            arrival: self.arrival
        )
    }

    private func occurred() throws(OrderError) -> Timestamp? {
        try self.fields.occurred.utcTimestamp("$.OccurredUtc", self.configuration.rules, arrival: self.arrival)
    }
}

extension OrderRecord {
    /// The same record, whose text stands inside another under `path` and from the byte `start` on.
    fileprivate func inside(_ path: String, at start: Int) -> OrderRecord {
        guard case .invalid(let invalid) = self else { return self }
        let error = invalid.error.inside(path, at: start)
        return .invalid(InvalidOrder(error: error, id: invalid.id, timestamp: invalid.timestamp))
    }
}
