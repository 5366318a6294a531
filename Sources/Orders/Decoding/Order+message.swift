internal import JSONText

extension Order {
    /// Decodes an order message (SNS, SQS): the id, a timestamp, and the attributes that it updates.
    ///
    /// An attribute that is missing or `null` is left as it is; one that is there must be right.
    package init<Bytes: Collection>(
        message bytes: Bytes,
        rules: InputRules = InputRules()
    ) throws(OrderError) where Bytes.Element == UInt8 {
        do {
            self = try JSONReader.read(bytes) { reader in
                let fields = try MessageFields(&reader)
                return try fields.order(rules)
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
            default: try reader.skip()
            }
        }
    }

    func order(_ rules: InputRules) throws(OrderError) -> Order {
        let id = try self.orderID.identifier("$.orderId")
        var assumptions: Assumptions = []
        guard let timestamp = try self.timestamp.timestamp("$.timestamp", rules, noting: &assumptions) else {
            // Without it the message has no place among the others of its order.
            throw self.timestamp.error(.missingMember, "an order message needs a timestamp", "$.timestamp")
        }
        var order = Order(id: id, timestamp: timestamp)
        order.userID = try self.userID.optionalIdentifier("$.userId")
        order.itemName = try self.itemName.text("$.itemName")
        order.quantity = try self.quantity.quantity("$.quantity")
        order.status = try self.status.text("$.status")
        order.currency = try self.currency.currency("$.currency")
        order.customerEmail = try self.customerEmail.text("$.customerEmail")
        order.amount = try self.amount.optionalAmount("$.amount")
        order.assumptions = assumptions
        return order
    }
}
