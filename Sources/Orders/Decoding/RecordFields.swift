internal import JSONText

/// The members of a Kinesis record that mean something, collected in one pass over its text.
struct RecordFields {
    var type = JSONField()
    var messageID = JSONField()
    var occurred = JSONField()
    var payload = PayloadFields()
    /// Of the short record.
    var customerID = JSONField()
    var orderID = JSONField()
    var amount = JSONField()
    var currency = JSONField()

    init() {}

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "Type": self.type = try reader.readField()
            case "MessageId": self.messageID = try reader.readField()
            case "OccurredUtc": self.occurred = try reader.readField()
            case "Payload": self.payload = try PayloadFields(&reader)
            case "customer_id": self.customerID = try reader.readField()
            case "order_id": self.orderID = try reader.readField()
            case "amount": self.amount = try reader.readField()
            case "currency": self.currency = try reader.readField()
            default: try reader.skip()
            }
        }
    }

    /// Without a type a record is a short one, if it has anything of an order.
    var looksLikeShortRecord: Bool {
        for field in [self.customerID, self.orderID, self.amount] {
            if case .missing = field.value { continue }
            return true
        }
        return false
    }
}

/// The members of an order event's `Payload`.
struct PayloadFields {
    var orderID = JSONField()
    var userID = JSONField()
    var amount = JSONField()
    var currency = JSONField()
    var created = JSONField()
    /// The list itself where it is no list.
    var productIDs = JSONField()
    var products: [JSONField] = []
    /// The object itself where it is no object.
    var quantities = JSONField()
    var quantityMembers: [(key: JSONString, field: JSONField)] = []

    init() {}

    init(_ reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            try reader.skip()
            return
        }
        try reader.readObject { key, reader in
            switch key {
            case "OrderId": self.orderID = try reader.readField()
            case "UserId": self.userID = try reader.readField()
            case "TotalAmount": self.amount = try reader.readField()
            case "Currency": self.currency = try reader.readField()
            case "createdUtc": self.created = try reader.readField()
            case "ProductIds": try self.readProducts(&reader)
            case "Quantities": try self.readQuantities(&reader)
            default: try reader.skip()
            }
        }
    }

    /// Room for most orders' products from the start, instead of growing to it in four steps.
    private static var expectedProducts: Int { 8 }

    private mutating func readProducts(_ reader: inout JSONReader) throws {
        self.products.removeAll(keepingCapacity: true)
        guard try reader.peek() == .array else {
            self.productIDs = try reader.readField()
            return
        }
        self.productIDs = JSONField()
        self.products.reserveCapacity(Self.expectedProducts)
        try reader.readArray { _, reader in self.products.append(try reader.readField().integerAsText) }
    }

    private mutating func readQuantities(_ reader: inout JSONReader) throws {
        self.quantityMembers.removeAll(keepingCapacity: true)
        guard try reader.peek() == .object else {
            self.quantities = try reader.readField()
            return
        }
        self.quantities = JSONField()
        self.quantityMembers.reserveCapacity(Self.expectedProducts)
        try reader.readObject { key, reader in self.quantityMembers.append((key, try reader.readField())) }
    }
}
