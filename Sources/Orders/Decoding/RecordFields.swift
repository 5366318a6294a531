internal import JSONText

/// The members of a Kinesis record that mean something, collected in one pass over its text.
struct RecordFields: ~Copyable {
    var type = JSONField()
    var messageID = JSONField()
    var occurred = JSONField()
    var correlationID = JSONField()
    /// What an order event says about its order.
    var payload = PayloadFields()
    // What a short record says about its order.
    var customerID = JSONField()
    var orderID = JSONField()
    var amount = JSONField()
    var currency = JSONField()
    var misspellings = Misspellings<RecordName>()

    init(_ reader: inout JSONReader) throws {
        try reader.readObject { key, reader in
            switch key {
            case "Type": self.type = try reader.readField()
            case "MessageId": self.messageID = try reader.readField()
            case "OccurredUtc": self.occurred = try reader.readField()
            case "CorrelationId": self.correlationID = try reader.readField()
            case "Payload": try self.payload.read(&reader)
            case "customer_id": self.customerID = try reader.readField()
            case "order_id": self.orderID = try reader.readField()
            case "amount": self.amount = try reader.readField()
            case "currency": self.currency = try reader.readField()
            default: try self.misspellings.read(key, &reader)
            }
        }
    }

    /// Whether Kinesis' id of the record has to stand for an id that the record does not have.
    var needsEventID: Bool { self.messageID.isAbsent || (self.type.isAbsent && self.orderID.isAbsent) }

    /// Without a type a record is a short one, if it has anything of an order.
    var looksLikeShortRecord: Bool {
        for field in [self.customerID, self.orderID, self.amount] {
            if case .missing = field.value { continue }
            return true
        }
        return false
    }

    /// Why an order event is refused for the name of a member; nil where the names that mean something are right.
    var misspeltEventMember: OrderError? {
        if self.misspellings.isEmpty { return self.payload.misspeltMember }
        return self.misspellings.refusal(of: "the record", "$") { member in
            switch member.meant {
            case .messageID, .occurred, .payload: self.isAbsent(member.meant)
            case .type, .customerID, .orderID, .amount, .currency: false
            }
        } ?? self.payload.misspeltMember
    }

    /// Why a short record is refused for the name of a member; nil where the names that mean something are right.
    ///
    /// Of a `type` or a `payload` that means nothing here it is no fault; both of them may be an order event's.
    var misspeltShortMember: OrderError? {
        if self.misspellings.isEmpty { return nil }
        return self.misspellings.refusal(of: "the record", "$") { member in
            switch member.meant {
            case .messageID, .occurred, .customerID, .orderID, .amount, .currency: self.isAbsent(member.meant)
            case .type: self.mayBeEvent(ofType: member.field)
            case .payload: false
            }
        }
    }

    /// Why a record is refused that is neither an event nor a short record: what it has to be, behind the name that may
    /// be why it is not.
    var unknownShape: OrderError {
        let rule = "a record is an event with a Type or has customer_id and amount"
        let type = self.misspellings.refusal(of: "the record", "$") { $0.meant == .type }
        let first = self.misspellings.refusal(of: "the record", "$") { self.isAbsent($0.meant) }
        guard let misspelt = type ?? first else { return OrderError(.missingMember, rule, path: "$.Type") }
        return OrderError(
            misspelt.code,
            "\(misspelt.reason); \(rule)",
            path: misspelt.path,
            offset: misspelt.offset
        )
    }

    /// Whether what looks like a short record may be an order event, whose type stands under another name.
    private func mayBeEvent(ofType field: JSONField) -> Bool {
        guard self.payload.isPresent || self.misspellings.contain(.payload) else { return false }
        guard !field.isBlankOrAbsent, case .string(let type) = field.value else { return false }
        return EventType.mayBeOrderCreated(type.string)
    }

    /// Whether nothing stands under the right name.
    private func isAbsent(_ name: RecordName) -> Bool {
        switch name {
        case .type: self.type.isAbsent
        case .messageID: self.messageID.isAbsent
        case .occurred: self.occurred.isAbsent
        case .payload: !self.payload.isPresent
        case .customerID: self.customerID.isAbsent
        case .orderID: self.orderID.isAbsent
        case .amount: self.amount.isAbsent
        case .currency: self.currency.isAbsent
        }
    }
}

/// The members of an order event's `Payload`.
struct PayloadFields {
    /// What `ProductIds` and `Quantities` are, with what turns an array of PHP that is something else into one.
    static let productsRule = "ProductIds is a list of ids; in PHP: array_values($ids)"
    static let quantitiesRule = "Quantities is an object; in PHP: (object)$quantities"

    /// Whether a payload has been read.
    private var isRead = false
    /// Whether that is anything but `null`.
    private(set) var isPresent = false
    /// Where it begins in its document, where it is neither an object nor `null`.
    private(set) var offsetOfOther: Int?
    var orderID = JSONField()
    var userID = JSONField()
    var amount = JSONField()
    var currency = JSONField()
    var created = JSONField()
    /// `ProductIds` itself where it is anything but a list or an empty object.
    var productIDs = JSONField()
    /// Whether `ProductIds` is there, and not `null`.
    private var hasProducts = false
    /// The elements of `ProductIds`.
    var products: [JSONField] = []
    /// `Quantities` itself where it is anything but an object or an empty list.
    var quantities = JSONField()
    /// Whether `Quantities` is there, and not `null`.
    private var hasQuantities = false
    /// The members of `Quantities`, repeated keys included.
    var quantityMembers: [(key: JSONString, field: JSONField)] = []
    private var misspellings = Misspellings<PayloadName>()

    /// Most orders have no more products, so that there is room for them from the start.
    private static var expectedProducts: Int { 8 }

    init() {}

    /// Takes the payload that comes next in the place of one before it; anything but an object is one without members.
    ///
    /// Read where it stays, since it is too large to be made elsewhere and copied.
    mutating func read(_ reader: inout JSONReader) throws {
        if self.isRead { self = PayloadFields() }
        self.isRead = true
        let kind = try reader.peek()
        self.isPresent = kind != .null
        guard kind == .object else {
            if self.isPresent { self.offsetOfOther = reader.offset }
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
            default: try self.misspellings.read(key, &reader)
            }
        }
    }

    private mutating func readProducts(_ reader: inout JSONReader) throws {
        self.productIDs = JSONField()
        self.products.removeAll(keepingCapacity: true)
        let kind = try reader.peek()
        self.hasProducts = kind != .null
        guard kind == .array else {
            self.productIDs = try reader.readField(withoutEmpty: .object)
            return
        }
        self.products.reserveCapacity(Self.expectedProducts)
        try reader.readArray { _, reader in self.products.append(try reader.readField()) }
    }

    private mutating func readQuantities(_ reader: inout JSONReader) throws {
        self.quantities = JSONField()
        self.quantityMembers.removeAll(keepingCapacity: true)
        let kind = try reader.peek()
        self.hasQuantities = kind != .null
        guard kind == .object else {
            self.quantities = try reader.readField(withoutEmpty: .array)
            return
        }
        self.quantityMembers.reserveCapacity(Self.expectedProducts)
        try reader.readObject { key, reader in self.quantityMembers.append((key, try reader.readField())) }
    }
}

extension PayloadFields {
    /// Why an order is refused for the name of a member; nil where the names that mean something are right.
    var misspeltMember: OrderError? {
        if self.misspellings.isEmpty { return nil }
        return self.misspellings.refusal(of: "Payload", "$.Payload") { self.isAbsent($0.meant) }
    }

    /// All members for whose names an order is refused.
    var misspeltMembers: [Misspellings<PayloadName>.Member] {
        if self.misspellings.isEmpty { return [] }
        return self.misspellings.refused { self.isAbsent($0.meant) }
    }

    /// Whether nothing stands under the right name.
    private func isAbsent(_ name: PayloadName) -> Bool {
        switch name {
        case .orderID: self.orderID.isAbsent
        case .userID: self.userID.isAbsent
        case .amount: self.amount.isAbsent
        case .currency: self.currency.isAbsent
        case .productIDs: !self.hasProducts
        case .quantities: !self.hasQuantities
        case .created: self.created.isAbsent
        }
    }

    /// Stands in the place of a quantity's number once its product is listed.
    private static var listed: Int { -1 }
    /// Each product is a row that the order is counted in, which an invocation has time and memory for.
    private static var mostProducts: Int { 10_000 }

    /// The products in the list's order, each once, with their quantities, or 1 where none is given.
    ///
    /// Of a repeated key in `Quantities` the last value counts.
    func lines() throws(OrderError) -> [OrderLine] {
        guard self.productIDs.isAbsent else {
            throw self.productIDs.error(.wrongType, Self.productsRule, "$.Payload.ProductIds")
        }
        guard self.quantities.isAbsent else {
            throw self.quantities.error(.wrongType, Self.quantitiesRule, "$.Payload.Quantities")
        }
        var numbers = JSONStringMap(reservingCapacity: self.quantityMembers.count)
        for number in self.quantityMembers.indices {
            numbers.updateValue(number, forKey: self.quantityMembers[number].key)
        }
        var lines: [OrderLine] = []
        lines.reserveCapacity(self.products.count)
        var counted = 0
        for position in self.products.indices {
            let (string, id) = try self.product(at: position)
            let number = numbers.updateValue(Self.listed, forKey: string)
            if number == Self.listed { continue }
            guard lines.count < Self.mostProducts else {
                throw OrderError(
                    .tooLarge,
                    "an order has at most \(Self.mostProducts) products",
                    path: "$.Payload.ProductIds"
                )
            }
            var quantity: Int64?
            if let number { quantity = try self.quantity(at: number, ofProduct: position) }
            if quantity != nil { counted += 1 }
            lines.append(OrderLine(productID: id, quantity: quantity ?? 1))
        }
        // Only where one side has something left may it be the other's.
        if counted < lines.count, counted < self.quantityMembers.count, let misspelt = self.misspeltQuantities().first {
            throw self.quantityMembers[misspelt.number].field.error(
                .invalidValue,
                Self.misspeltQuantity,
                "$.Payload.Quantities, of product \(misspelt.product)"
            )
        }
        return lines
    }

    /// What is wrong with a quantity under another spelling of a product's id, which names neither.
    static let misspeltQuantity = "a key of Quantities is a product's id; this one differs in case or white space alone"

    /// The quantities that would be lost, since their key is a product's id but for case, or white space around it.
    ///
    /// For the slow path only. Each has its place among the members, and that of the product in its list, which has no
    /// quantity of its own. A key that is the id of another product belongs to that one.
    func misspeltQuantities() -> [(number: Int, product: Int)] {
        // Of a repeated key the last value counts.
        var numbers: [Identifier: Int] = [:]
        for number in self.quantityMembers.indices {
            if let key = Identifier(self.quantityMembers[number].key.string) { numbers[key] = number }
        }
        var listed: Set<Identifier> = []
        var products: [[UInt8]: Int] = [:]
        for position in self.products.indices {
            guard let id = (try? self.product(at: position))?.1, listed.insert(id).inserted else { continue }
            if let number = numbers.removeValue(forKey: id), !self.quantityMembers[number].field.isAbsent { continue }
            products[Self.folded(id)] = position
        }
        var misspelt: [(number: Int, product: Int)] = []
        for (key, number) in numbers where !self.quantityMembers[number].field.isAbsent {
            guard let position = products[Self.folded(key)] else { continue }
            misspelt.append((number, position))
        }
        return misspelt.sorted { $0.number < $1.number }
    }

    /// Whether the keys of `Quantities` are the products' ids, as they are written and in their order.
    var hasQuantityOfEachProduct: Bool {
        guard self.quantityMembers.count == self.products.count else { return false }
        return self.products.indices.allSatisfy { position in
            guard case .string(let id) = self.products[position].value else { return false }
            return id.hasBytes(of: self.quantityMembers[position].key)
        }
    }

    /// What ids have in common that differ in case and in white space around them alone.
    private static func folded(_ id: Identifier) -> [UInt8] { Array(id.text.trimmed.lowercased().utf8) }

    private func product(at position: Int) throws(OrderError) -> (JSONString, Identifier) {
        do {
            return try self.products[position].namedIdentifier("$.Payload.ProductIds")
        } catch {
            throw error.continuingPath(with: "[\(position)]")
        }
    }

    private func quantity(at number: Int, ofProduct position: Int) throws(OrderError) -> Int64? {
        do {
            return try self.quantityMembers[number].field.quantity("$.Payload.Quantities")
        } catch {
            throw error.continuingPath(with: ", of product \(position)")
        }
    }
}
