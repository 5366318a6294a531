internal import JSONText

/// The attributes of a stream image that mean something, collected in one pass over its text.
struct ImageFields {
    private var routing = RoutingFields()
    private var currency = TypedField()
    private var userID = TypedField()
    private var itemName = TypedField()
    private var quantity = TypedField()
    private var timestamp = TypedField()
    private var statusVersion = TypedField()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { member in
            if member.key == "versions" {
                self.statusVersion = TypedField()
            } else if !self.set(member.key, { TypedField(member) }) {
                self.routing.take(member)
            }
        } _: { key, reader in
            if key == "versions" {
                self.statusVersion = try Self.statusVersion(&reader)
            } else if try !self.set(key, { try TypedField(&reader) }) {
                try self.routing.read(key, &reader)
            }
        }
    }

    /// Makes the attribute of that name its field; false: it is none of these.
    @inline(__always)
    private mutating func set(_ key: JSONString, _ field: () throws -> TypedField) rethrows -> Bool {
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

    func order() throws(OrderError) -> Order {
        let routed = try self.routing.order()
        var order = Order(
            id: routed.id,
            status: routed.status,
            amount: routed.amount,
            customerEmail: routed.customerEmail
        )
        order.assumptions = routed.assumptions
        order.currency = self.currency.string.flatMap { Currency($0) }
        order.userID = self.userID.identifier
        order.itemName = self.itemName.string
        order.quantity = self.quantity.quantity
        order.timestamp = self.timestamp.string.flatMap { Timestamp($0, assumingUTC: true) }
        order.statusTimestamp = self.statusVersion.string.flatMap { Timestamp($0) }
        return order
    }

    /// The instant in `{"M":{"status":{"S":"…"},…}}`.
    private static func statusVersion(_ reader: inout JSONReader) throws -> TypedField {
        var version = TypedField()
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
                if member.key == "status" { version = TypedField(member) }
            } _: { key, reader in
                if key == "status" { version = try TypedField(&reader) } else { try reader.skip() }
            }
        }
        return version
    }
}
