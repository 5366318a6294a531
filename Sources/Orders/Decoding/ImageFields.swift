package import JSONText

extension OrderImage {
    /// Decodes a stream image, `{"orderId":{"S":"ORD-1001"},"amount":{"N":"1500"},…}`, that anyone may have written.
    ///
    /// Only a missing order id (or one that is no string) and an amount that is there but unreadable are failures;
    /// everything else that is missing or of another type is nil. `status` and `amount` stand before `orderStatus` and
    /// `orderAmount`. Throws a `JSONError` where the text is none.
    package static func read(image reader: inout JSONReader) throws -> Result<OrderImage, OrderError> {
        _ = try reader.peek()
        let start = reader.offset
        let fields = try ImageFields(&reader)
        return Result { () throws(OrderError) in try fields.image() }.mapError { $0.counted(from: start) }
    }

    /// The status in a stream image, nil if there is none; an old image is read for nothing else.
    package static func status(in bytes: ArraySlice<UInt8>) throws(OrderError) -> OrderStatus? {
        do {
            return try JSONReader.read(bytes) { try RoutingFields(&$0).status }
        } catch let error as JSONError {
            throw OrderError(error)
        } catch {
            throw OrderError(.malformed, "the image cannot be read")
        }
    }
}

extension RoutingAttributes {
    /// Decodes of a stream image only what decides where the order goes, with the same failures as `OrderImage.read(image:)`.
    package static func read(image reader: inout JSONReader) throws -> Result<RoutingAttributes, OrderError> {
        _ = try reader.peek()
        let start = reader.offset
        let fields = try RoutingFields(&reader)
        return Result { () throws(OrderError) in try fields.attributes() }.mapError { $0.counted(from: start) }
    }
}

/// The attributes of a stream image that decide where an order goes.
private struct RoutingFields {
    private var orderID = ImageAttribute()
    private var ownStatus = ImageAttribute()
    private var orderStatus = ImageAttribute()
    private var amount = ImageAttribute()
    private var orderAmount = ImageAttribute()
    private var customerEmail = ImageAttribute()
    private var correlationID = ImageAttribute()

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in try self.read(key, &reader) }
    }

    /// Takes the attribute's value, or skips it where it decides nothing.
    mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        switch key {
        case "orderId": try self.orderID.read(&reader)
        case "status": try self.ownStatus.read(&reader)
        case "orderStatus": try self.orderStatus.read(&reader)
        case "amount": try self.amount.read(&reader)
        case "orderAmount": try self.orderAmount.read(&reader)
        case "customerEmail": try self.customerEmail.read(&reader)
        case "correlationId": try self.correlationID.read(&reader)
        default: try reader.skip()
        }
    }

    /// `status`, else `orderStatus`.
    var status: OrderStatus? { Self.status(self.ownStatus) ?? Self.status(self.orderStatus) }

    /// A blank one is absent.
    private static func status(_ attribute: ImageAttribute) -> OrderStatus? {
        guard let text = attribute.string, !text.trimmed.isEmpty else { return nil }
        return OrderStatus(text)
    }

    func attributes() throws(OrderError) -> RoutingAttributes {
        guard self.orderID.isPresent else {
            throw OrderError(.missingMember, "the item has no order id", path: "$.orderId")
        }
        guard let id = self.orderID.identifier else {
            throw self.orderID.error(.wrongType, MemberRule.identifier.sentence, "$.orderId")
        }
        var assumptions: Assumptions = []
        let amount =
            try self.amount.isPresent
            ? self.amount.amount("$.amount", noting: &assumptions)
            : self.orderAmount.amount("$.orderAmount", noting: &assumptions)
        return RoutingAttributes(
            id: id,
            status: self.status,
            amount: amount,
            customerEmail: self.customerEmail.string,
            correlationID: self.correlationID.string.flatMap { CorrelationID.text($0) },
            assumptions: assumptions
        )
    }
}

/// The attributes of a stream image that mean something, collected in one pass over its text.
private struct ImageFields {
    private var routing = RoutingFields()
    private var currency = ImageAttribute()
    private var userID = ImageAttribute()
    private var itemName = ImageAttribute()
    private var quantity = ImageAttribute()
    private var timestamp = ImageAttribute()
    private var statusVersion = ImageAttribute()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "currency": try self.currency.read(&reader)
            case "userId": try self.userID.read(&reader)
            case "itemName": try self.itemName.read(&reader)
            case "quantity": try self.quantity.read(&reader)
            case "timestamp": try self.timestamp.read(&reader)
            case "versions": try self.readVersions(&reader)
            default: try self.routing.read(key, &reader)
            }
        }
    }

    func image() throws(OrderError) -> OrderImage {
        OrderImage(
            routing: try self.routing.attributes(),
            currency: self.currency.string.flatMap { Currency($0) },
            userID: self.userID.identifier,
            itemName: self.itemName.string,
            quantity: self.quantity.quantity,
            timestamp: self.timestamp.string.flatMap { Timestamp($0, assumingUTC: true) },
            statusTimestamp: self.statusVersion.string.flatMap { Timestamp($0) }
        )
    }

    /// Takes the status's instant out of `{"M":{"status":{"S":"…"},…}}`.
    private mutating func readVersions(_ reader: inout JSONReader) throws {
        self.statusVersion = ImageAttribute()
        guard try reader.peek() == .object else {
            try reader.skip()
            return
        }
        try reader.readObject { tag, reader in
            guard tag == "M", try reader.peek() == .object else {
                try reader.skip()
                return
            }
            try reader.readObject { key, reader in
                if key == "status" { try self.statusVersion.read(&reader) } else { try reader.skip() }
            }
        }
    }
}
