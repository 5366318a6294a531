internal import JSONText

/// The attributes of a stream image that mean something, collected in one pass over its text.
struct ImageFields {
    private var orderID = TypedField()
    private var statusField = TypedField()
    private var orderStatus = TypedField()
    private var amount = TypedField()
    private var orderAmount = TypedField()
    private var currency = TypedField()
    private var userID = TypedField()
    private var customerEmail = TypedField()
    private var itemName = TypedField()
    private var quantity = TypedField()
    private var timestamp = TypedField()
    private var statusVersion = TypedField()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "orderId": self.orderID = try TypedField(&reader)
            case "status": self.statusField = try TypedField(&reader)
            case "orderStatus": self.orderStatus = try TypedField(&reader)
            case "amount": self.amount = try TypedField(&reader)
            case "orderAmount": self.orderAmount = try TypedField(&reader)
            case "currency": self.currency = try TypedField(&reader)
            case "userId": self.userID = try TypedField(&reader)
            case "customerEmail": self.customerEmail = try TypedField(&reader)
            case "itemName": self.itemName = try TypedField(&reader)
            case "quantity": self.quantity = try TypedField(&reader)
            case "timestamp": self.timestamp = try TypedField(&reader)
            case "versions": self.statusVersion = try Self.statusVersion(&reader)
            default: try reader.skip()
            }
        }
    }

    /// `status`, else `orderStatus`.
    var status: String? { self.statusField.string ?? self.orderStatus.string }

    func order() throws(OrderError) -> Order {
        guard self.orderID.isPresent else {
            throw OrderError(.missingMember, "the item has no order id", path: "$.orderId")
        }
        guard let text = self.orderID.string, let id = OrderID(text) else {
            throw OrderError(.wrongType, JSONField.identifierRule, path: "$.orderId", offset: self.orderID.offset)
        }
        return Order(
            id: id,
            status: self.status,
            amount: try self.amount.isPresent
                ? self.amount.amount("$.amount") : self.orderAmount.amount("$.orderAmount"),
            currency: self.currency.string.flatMap { Currency($0) },
            userID: self.userID.string.flatMap { Identifier($0) },
            customerEmail: self.customerEmail.string,
            itemName: self.itemName.string,
            quantity: self.quantity.quantity,
            timestamp: self.timestamp.string.flatMap { Timestamp($0) },
            statusTimestamp: self.statusVersion.string.flatMap { Timestamp($0) }
        )
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

/// An attribute value of DynamoDB: an object whose one key is the type.
private struct TypedField {
    private enum Tag {
        case string, number, other
    }

    private(set) var isPresent = false
    private(set) var offset = 0
    private var tag = Tag.other
    private var field = JSONField()

    init() {}

    init(_ reader: inout JSONReader) throws {
        self.isPresent = true
        let isObject = try reader.peek() == .object
        self.offset = reader.offset
        guard isObject else {
            try reader.skip()
            return
        }
        try reader.readObject { key, reader in
            self.tag = key == "S" ? .string : key == "N" ? .number : .other
            self.field = try reader.readField()
        }
    }

    /// The text of an `S`; nil for any other type.
    var string: String? {
        guard case .string = self.tag, case .string(let token) = self.field.value else { return nil }
        return token.string
    }

    var quantity: Int64? {
        guard case .number = self.tag, case .string(let token) = self.field.value else { return nil }
        return token.withDecoded { JSONField.quantity($0) }
    }

    /// Nil where the attribute is not there; an `S` may hold a number as well as an `N`.
    func amount(_ path: String) throws(OrderError) -> Money? {
        guard self.isPresent else { return nil }
        guard self.tag != .other, case .string(let token) = self.field.value else {
            throw OrderError(
                .wrongType,
                "an amount is of type N, or an S holding a number",
                path: path,
                offset: self.offset
            )
        }
        guard let money = token.withDecoded({ Money(utf8: $0) }) else {
            throw OrderError(.invalidValue, JSONField.amountRule, path: path, offset: self.offset)
        }
        return money
    }
}
