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
    /// Decodes of a stream image only what decides where the order goes.
    ///
    /// The same failures as `OrderImage.read(image:)`, with which a change in the normal processor costs 27.1 instead of 22.2
    /// thousand instructions.
    package static func read(image reader: inout JSONReader) throws -> Result<RoutingAttributes, OrderError> {
        _ = try reader.peek()
        let start = reader.offset
        let fields = try RoutingFields(&reader)
        return Result { () throws(OrderError) in try fields.attributes() }.mapError { $0.counted(from: start) }
    }
}

/// The attributes of a stream image that mean something, collected in one pass over its text.
struct ImageFields {
    private var routing = RoutingFields()
    private var currency = ImageAttribute()
    private var userID = ImageAttribute()
    private var itemName = ImageAttribute()
    private var quantity = ImageAttribute()
    private var timestamp = ImageAttribute()
    private var statusVersion = ImageAttribute()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { member in
            if member.key == "versions" {
                self.statusVersion = ImageAttribute()
            } else if !self.set(member.key, { ImageAttribute(member) }) {
                self.routing.take(member)
            }
        } _: { key, reader in
            if key == "versions" {
                self.statusVersion = try Self.statusVersion(&reader)
            } else if try !self.set(key, { try ImageAttribute(&reader) }) {
                try self.routing.read(key, &reader)
            }
        }
    }

    /// Makes the attribute of that name its field; false: it is none of these.
    @inline(__always)
    private mutating func set(_ key: JSONString, _ field: () throws -> ImageAttribute) rethrows -> Bool {
        switch key {
        case "currency": self.currency = try field()
        case "userId": self.userID = try field()
        case "itemName": self.itemName = try field()
        case "quantity": self.quantity = try field()
        case "timestamp": self.timestamp = try field()
        default: return false
        }
        return true
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

    /// The instant in `{"M":{"status":{"S":"…"},…}}`.
    private static func statusVersion(_ reader: inout JSONReader) throws -> ImageAttribute {
        var version = ImageAttribute()
        guard try reader.peek() == .object else {
            try reader.skip()
            return version
        }
        try reader.readObject { tag, reader in
            guard tag == "M", try reader.peek() == .object else {
                try reader.skip()
                return
            }
            try reader.readObject { member in
                if member.key == "status" { version = ImageAttribute(member) }
            } _: { key, reader in
                if key == "status" { version = try ImageAttribute(&reader) } else { try reader.skip() }
            }
        }
        return version
    }
}

/// The attributes of a stream image that decide where an order goes.
struct RoutingFields {
    private var orderID = ImageAttribute()
    private var statusField = ImageAttribute()
    private var orderStatus = ImageAttribute()
    private var amount = ImageAttribute()
    private var orderAmount = ImageAttribute()
    private var customerEmail = ImageAttribute()

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { member in
            self.take(member)
        } _: { key, reader in
            try self.read(key, &reader)
        }
    }

    /// Keeps the attribute if it decides something.
    mutating func take(_ member: JSONReader.TaggedMember) {
        self.set(member.key) { ImageAttribute(member) }
    }

    /// Takes the attribute's value, or skips it where it decides nothing.
    mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        if try !self.set(key, { try ImageAttribute(&reader) }) { try reader.skip() }
    }

    /// Makes the attribute of that name its field; false: it decides nothing.
    @discardableResult
    @inline(__always)
    private mutating func set(_ key: JSONString, _ field: () throws -> ImageAttribute) rethrows -> Bool {
        switch key {
        case "orderId": self.orderID = try field()
        case "status": self.statusField = try field()
        case "orderStatus": self.orderStatus = try field()
        case "amount": self.amount = try field()
        case "orderAmount": self.orderAmount = try field()
        case "customerEmail": self.customerEmail = try field()
        default: return false
        }
        return true
    }

    /// `status`, else `orderStatus`.
    var status: OrderStatus? { (self.statusField.string ?? self.orderStatus.string).map { OrderStatus($0) } }

    func attributes() throws(OrderError) -> RoutingAttributes {
        guard self.orderID.isPresent else {
            throw OrderError(.missingMember, "the item has no order id", path: "$.orderId")
        }
        guard let id = self.orderID.identifier else {
            throw OrderError(.wrongType, JSONField.identifierRule, path: "$.orderId", offset: self.orderID.offset)
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
            assumptions: assumptions
        )
    }
}
