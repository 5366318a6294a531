internal import JSONText
internal import Platform

/// Judges the members of a posted order, and gathers what is wrong with them.
struct NewOrderCheck {
    private let place: String
    private let rules: InputRules
    private let arrival: Timestamp
    private(set) var offences = OrderOffences()
    /// The posted id, once it was judged.
    private(set) var orderID: OrderID?

    init(place: String, rules: InputRules, now: UTCInstant) {
        self.place = place
        self.rules = rules
        self.arrival = NewOrder.earliestArrival(of: now)
    }

    mutating func judge(_ payload: PayloadFields, _ further: PostedMembers) {
        self.orderID = self.identifier(payload.orderID, "OrderId")
        if self.orderID?.isNilUUID == true {
            self.add("/OrderId", MemberRule.nilOrderID + "; send an id of the order's own, or none")
        }
        _ = self.identifier(payload.userID, "UserId")
        var assumptions: Assumptions = []
        self.check { place throws(OrderError) in
            _ = try payload.amount.amount(place + "/TotalAmount", noting: &assumptions)
        }
        self.check { place throws(OrderError) in _ = try payload.currency.currency(place + "/Currency") }
        let arrival = self.arrival
        let rules = self.rules
        self.check { place throws(OrderError) in
            _ = try payload.created.utcTimestamp(place + "/createdUtc", rules, arrival: arrival)
        }
        self.judgeProducts(payload)
        self.judgeQuantities(payload)
        self.check { place throws(OrderError) in _ = try further.channel.text(place + "/Channel") }
        self.check { place throws(OrderError) in _ = try further.region.text(place + "/Region") }
        for (name, meant) in further.misspelt {
            self.add(OrderOffence.part(name), "names are told apart by case: the member is \(meant)")
        }
        for member in payload.misspeltMembers where !member.name.equalsIgnoringCase(member.meant.text) {
            let detail = "names are told apart by case, _ and -: the member is \(member.meant.text)"
            self.add(OrderOffence.part(member.name.string), detail)
        }
    }

    private mutating func judgeProducts(_ payload: PayloadFields) {
        guard payload.productIDs.isAbsent else { return self.add("/ProductIds", PayloadFields.productsRule) }
        guard payload.products.count <= NewOrder.maximumProducts else {
            return self.add("/ProductIds", "an order has at most \(NewOrder.maximumProducts) products")
        }
        for (position, product) in payload.products.enumerated() {
            guard !product.isAbsent else {
                self.add("/ProductIds/\(position)", Self.identifierRule)
                continue
            }
            _ = self.identifier(product, "ProductIds/\(position)")
        }
    }

    private mutating func judgeQuantities(_ payload: PayloadFields) {
        guard payload.quantities.isAbsent else { return self.add("/Quantities", PayloadFields.quantitiesRule) }
        guard payload.quantityMembers.count <= NewOrder.maximumProducts else {
            return self.add("/Quantities", "an order has at most \(NewOrder.maximumProducts) quantities")
        }
        let hasTypeOfDictionary =
            payload.quantityMembers.contains(where: Self.isTypeOfDictionary) && !Self.hasProductCalledType(payload)
        for member in payload.quantityMembers where !(hasTypeOfDictionary && Self.isTypeOfDictionary(member)) {
            self.check { place throws(OrderError) in
                _ = try member.field.quantity(place + "/Quantities" + OrderOffence.part(member.key.string))
            }
        }
        // As nearly all are written: each product's quantity, in the products' order.
        guard !payload.hasQuantityOfEachProduct else { return }
        for (number, _) in payload.misspeltQuantities() {
            let key = payload.quantityMembers[number].key.string
            self.add("/Quantities" + OrderOffence.part(key), PayloadFields.misspeltQuantity)
        }
    }

    /// Whether it is what Newtonsoft.Json writes into a dictionary (TypeNameHandling): `"$type":"System.…"`.
    private static func isTypeOfDictionary(_ member: (key: JSONString, field: JSONField)) -> Bool {
        guard case .string = member.field.value else { return false }
        return member.key == "$type"
    }

    /// Whether a product is called `$type`.
    private static func hasProductCalledType(_ payload: PayloadFields) -> Bool {
        payload.products.contains { product in
            if case .string(let id) = product.value { id == "$type" } else { false }
        }
    }

    /// An id that is there, or nil.
    private mutating func identifier(_ field: JSONField, _ member: String) -> Identifier? {
        do throws(OrderError) {
            let identifier = try field.optionalIdentifier(self.place + "/" + member)
            guard let identifier, identifier.text.unicodeScalars.count > NewOrder.maximumIDCharacters else {
                return identifier
            }
            self.add("/" + member, Self.identifierRule)
        } catch {
            // One rule for all that is wrong with an id, however long it is.
            let rule = MemberRule.identifier.sentence
            let cause = error.reason.hasSuffix(rule) ? String(error.reason.dropLast(rule.count)) : error.reason + "; "
            self.offences.add(OrderOffence(pointer: error.path, detail: cause + Self.identifierRule))
        }
        return nil
    }

    private static var identifierRule: String {
        "an id is a string of 1 to \(NewOrder.maximumIDCharacters) characters, or an integer without sign, fraction and "
            + "exponent"
    }

    /// Runs one of the decoder's rules; what it throws has the pointer as its path.
    private mutating func check(_ rule: (String) throws(OrderError) -> Void) {
        do throws(OrderError) {
            try rule(self.place)
        } catch {
            self.offences.add(OrderOffence(pointer: error.path, detail: error.reason))
        }
    }

    private mutating func add(_ member: String, _ detail: String) {
        self.offences.add(OrderOffence(pointer: self.place + member, detail: detail))
    }
}
