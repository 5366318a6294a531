extension StoredOrder {
    /// Reads the item that the Orders table has under this key, whoever wrote it.
    ///
    /// Attributes of another type count as missing.
    ///
    /// An item without `versions` was written by others as a whole: its own time, if it has one, is the version of all
    /// that is in it. Where there are versions, an attribute without one is older than every message.
    package init(id: OrderID, item: [String: ItemValue], rules: InputRules = InputRules()) {
        self.init(id: id)
        let stored = StoredItem(item, rules)
        self.createdAt = stored.instant(.createdAt)
        self.updatedAt = stored.updatedAt
        self.status = stored.value(.status)
        self.amount = stored.value(.amount)
        self.currency = stored.value(.currency)
        self.userID = stored.value(.userId) ?? stored.digits(.userId)
        self.customerEmail = stored.value(.customerEmail)
        self.itemName = stored.value(.itemName)
        self.quantity = stored.value(.quantity)
        self.correlationID = stored.value(.correlationId)
    }

    /// All attributes of the item, derived ones included.
    package func item(_ bands: AmountBands) -> [String: ItemValue] {
        Dictionary(uniqueKeysWithValues: self.attributes(bands).lazy.map { ($0.name, $0.value) })
    }

    /// All attributes of the item, derived ones included, in an order that is the same for all items.
    package func attributes(_ bands: AmountBands) -> [ItemUpdate.Attribute] {
        var item = NewItem()
        item.add(.orderId, .string(self.id.text))
        item.put(.status, self.status)
        item.put(.amount, self.amount)
        item.put(.currency, self.currency)
        item.put(.userId, self.userID)
        item.put(.customerEmail, self.customerEmail)
        item.put(.itemName, self.itemName)
        item.put(.quantity, self.quantity)
        item.put(.correlationId, self.correlationID)
        item.add(.versions, .map(self.versions(&item)))
        item.add(.format, .number(String(Self.format)))
        item.add(.createdAt, self.createdAt.map { item.text(of: $0) })
        let updatedAt = self.updatedAt.map { item.text(of: $0) }
        item.add(.updatedAt, updatedAt)
        item.add(.timestamp, updatedAt)
        item.add(.amountBand, self.amount.map { .string(bands.name(of: $0.value)) })
        let domain = self.customerEmail.flatMap { EmailAddress.domain(of: $0.value) }
        item.add(.emailDomain, domain.map { .string($0) })
        return item.attributes
    }

    /// The instant of each attribute that has one, in the order of the attributes' names.
    private func versions(_ item: inout NewItem) -> ItemMembers {
        var versions = ItemMembers(reservingCapacity: 8)
        func add(_ name: OrderAttribute, _ instant: Timestamp?) {
            if let instant { versions.append(name.rawValue, item.text(of: instant)) }
        }
        add(.amount, self.amount?.instant)
        add(.correlationId, self.correlationID?.instant)
        add(.currency, self.currency?.instant)
        add(.customerEmail, self.customerEmail?.instant)
        add(.itemName, self.itemName?.instant)
        add(.quantity, self.quantity?.instant)
        add(.status, self.status?.instant)
        add(.userId, self.userID?.instant)
        return versions
    }
}

/// An item that was read, with what it says about the instants of its attributes.
private struct StoredItem {
    private let attributes: [String: ItemValue]
    private let rules: InputRules
    /// The instant of each attribute's message, by the attribute's name; nil where others wrote the item.
    private let versions: ItemMembers?
    /// The greatest instant of any message; of an item that others wrote its own time.
    private(set) var updatedAt: Timestamp?

    init(_ attributes: [String: ItemValue], _ rules: InputRules) {
        self.attributes = attributes
        self.rules = rules
        if case .map(let versions) = attributes[OrderAttribute.versions.rawValue] {
            self.versions = versions
        } else {
            self.versions = nil
        }
        self.updatedAt = self.instant(.updatedAt) ?? self.instant(.timestamp)
    }

    /// The value of an attribute; nil where it is missing or of another type.
    func value<Value: StoredValue>(_ name: OrderAttribute) -> Versioned<Value>? {
        self.attributes[name.rawValue].flatMap { Value(itemValue: $0) }.map { self.versioned($0, name) }
    }

    /// The digits of an attribute that is an integer, which stand for an id.
    func digits(_ name: OrderAttribute) -> Versioned<String>? {
        self.attributes[name.rawValue]?.integerDigits.map { self.versioned($0, name) }
    }

    /// The instant that an attribute holds; nil where it is missing or no instant.
    func instant(_ name: OrderAttribute) -> Timestamp? {
        guard let text = self.attributes[name.rawValue]?.text else { return nil }
        return Timestamp(text, assumingUTC: self.rules.zonelessTimestamps == .utc)
    }

    private func versioned<Value>(_ value: Value, _ name: OrderAttribute) -> Versioned<Value> {
        guard let versions = self.versions else { return Versioned(value, at: self.updatedAt) }
        return Versioned(value, at: versions[name.rawValue]?.text.flatMap { Timestamp($0) })
    }
}

/// An item that is to be written.
private struct NewItem {
    private(set) var attributes: [ItemUpdate.Attribute] = []
    /// The instant that was last put into words: most attributes of an order come from one message.
    private var lastInstant: (instant: Timestamp, text: ItemValue)?

    init() {
        self.attributes.reserveCapacity(OrderAttribute.allCases.count)
    }

    /// An attribute; nothing where there is no value.
    mutating func add(_ name: OrderAttribute, _ value: ItemValue?) {
        if let value { self.attributes.append(ItemUpdate.Attribute(name: name.rawValue, value: value)) }
    }

    /// An attribute of a message; nothing where the order does not have it.
    mutating func put<Value: StoredValue>(_ name: OrderAttribute, _ value: Versioned<Value>?) {
        self.add(name, value?.value.itemValue)
    }

    mutating func text(of instant: Timestamp) -> ItemValue {
        if let lastInstant, lastInstant.instant == instant { return lastInstant.text }
        let text = ItemValue.string(instant.text)
        self.lastInstant = (instant, text)
        return text
    }
}

/// The names of a stored order's attributes.
///
/// Those that messages carry have a version each.
package enum OrderAttribute: String, CaseIterable, Sendable {
    case orderId, status, amount, currency, userId, customerEmail, itemName, quantity, correlationId
    case timestamp, createdAt, updatedAt, versions
    /// The item's format: a number.
    case format
    /// Derived from the amount and the thresholds.
    case amountBand
    /// Derived from the customer's address.
    case emailDomain
}
