internal import JSONText

extension OrderUpdate {
    /// Decodes an order message (SNS, SQS, EventBridge): the id, a timestamp, and the attributes that it updates.
    ///
    /// An attribute that is missing or `null`, and a text that is blank, is left as it is; one that is there must be
    /// right. The message may be the `detail` of an EventBridge envelope. `arrival` is when it was sent.
    package init<Bytes: Collection>(
        message bytes: Bytes,
        rules: InputRules = InputRules(),
        arrival: Timestamp? = nil
    ) throws(OrderError) where Bytes.Element == UInt8 {
        do {
            self = try Self.read(bytes, rules, arrival)
        } catch {
            // Forms that take another look have no order id where a message has it.
            guard error.path == "$" || error.path == "$.orderId" else { throw error }
            let text = Array(bytes)
            guard let detail = EventBridgeEnvelope.detail(in: text) else {
                throw RefusedForm.text(text).map { OrderError(error.code, $0) } ?? error
            }
            do {
                self = try Self.read(text[detail], rules, arrival)
            } catch {
                throw error.inside(".detail", at: detail.lowerBound)
            }
        }
    }

    private static func read(
        _ bytes: some Collection<UInt8>,
        _ rules: InputRules,
        _ arrival: Timestamp?
    ) throws(OrderError) -> OrderUpdate {
        do {
            return try JSONReader.read(withoutByteOrderMark: bytes) { reader in
                let fields = try MessageFields(&reader)
                return try fields.update(rules, arrival)
            }
        } catch let error as OrderError {
            throw error
        } catch let error as JSONError {
            throw OrderError(error)
        } catch {
            throw OrderError(.malformed, "the message cannot be read")
        }
    }
}

/// The members of an order message, collected in one pass over its text.
private struct MessageFields {
    var orderID = JSONField()
    var userID = JSONField()
    var itemName = JSONField()
    var quantity = JSONField()
    var status = JSONField()
    var timestamp = JSONField()
    var amount = JSONField()
    var currency = JSONField()
    var customerEmail = JSONField()
    var correlationID = JSONField()
    private var misspellings = Misspellings<MessageName>()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "orderId": self.orderID = try reader.readField()
            case "userId": self.userID = try reader.readField()
            case "itemName": self.itemName = try reader.readField()
            case "quantity": self.quantity = try reader.readField()
            case "status": self.status = try reader.readField()
            case "timestamp": self.timestamp = try reader.readField()
            case "amount": self.amount = try reader.readField()
            case "currency": self.currency = try reader.readField()
            case "customerEmail": self.customerEmail = try reader.readField()
            case "correlationId": self.correlationID = try reader.readField()
            default: try self.misspellings.read(key, &reader)
            }
        }
    }

    func update(_ rules: InputRules, _ arrival: Timestamp?) throws(OrderError) -> OrderUpdate {
        if let misspelt = self.misspeltMember { throw misspelt }
        let id = try self.orderID.orderIdentifier("$.orderId")
        var assumptions: Assumptions = []
        guard let timestamp = try self.timestamp.timestamp("$.timestamp", rules, arrival: arrival, noting: &assumptions)
        else {
            // Without it the message has no place among the others of its order.
            throw self.timestamp.error(.missingMember, "an order message needs a timestamp", "$.timestamp")
        }
        var update = OrderUpdate(id: id, timestamp: timestamp)
        update.userID = try self.userID.optionalIdentifier("$.userId")
        update.itemName = try self.itemName.filledText("$.itemName")
        update.quantity = try self.quantity.quantity("$.quantity")
        update.status = try self.status.filledText("$.status").map { OrderStatus($0) }
        update.currency = try self.currency.currency("$.currency")
        update.customerEmail = try self.customerEmail.filledText("$.customerEmail")?.trimmed
        update.amount = try self.amount.optionalAmount("$.amount", noting: &assumptions)
        update.correlationID = self.correlationID.correlationID
        update.assumptions = assumptions
        return update
    }

    /// Why the message is refused for the name of a member; nil where the names that mean something are right.
    private var misspeltMember: OrderError? {
        if self.misspellings.isEmpty { return nil }
        // Without an order id, under whatever name, nothing shows that the text is meant as an order message.
        guard !self.orderID.isAbsent || self.misspellings.contain(.orderID) else { return nil }
        return self.misspellings.refusal(of: "the message", "$") { member in
            switch member.meant {
            case .orderID: self.orderID.isAbsent
            case .userID: self.userID.isAbsent
            case .itemName: self.itemName.isBlankOrAbsent
            case .quantity: self.quantity.isAbsent
            case .status: self.status.isBlankOrAbsent
            case .timestamp: self.timestamp.isAbsent
            case .amount: self.amount.isAbsent
            case .currency: self.currency.isAbsent
            case .customerEmail: self.customerEmail.isBlankOrAbsent
            }
        }
    }
}
