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
        try reader.readObject { key, reader in
            switch key {
            case "currency": self.currency = try TypedField(&reader)
            case "userId": self.userID = try TypedField(&reader)
            case "itemName": self.itemName = try TypedField(&reader)
            case "quantity": self.quantity = try TypedField(&reader)
            case "timestamp": self.timestamp = try TypedField(&reader)
            case "versions": self.statusVersion = try Self.statusVersion(&reader)
            default: try self.routing.read(key, &reader)
            }
        }
    }

    func order() throws(OrderError) -> Order {
        var order = try self.routing.order()
        order.currency = self.currency.string.flatMap { Currency($0) }
        order.userID = self.userID.string.flatMap { Identifier($0) }
        order.itemName = self.itemName.string
        order.quantity = self.quantity.quantity
        order.timestamp = self.timestamp.string.flatMap { Timestamp($0) }
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
            try reader.readObject { key, reader in
                if key == "status" { version = try TypedField(&reader) } else { try reader.skip() }
            }
        }
        return version
    }
}
