extension StoredOrder {
    /// Reads the item that the Orders table has under this key, whoever wrote it.
    ///
    /// Attributes of another type count as missing.
    ///
    /// An item without `versions` was written by others as a whole: its own time, if it has one, is the version of all
    /// that is in it. Where there are versions, an attribute without one is older than every message.
    package init(id: OrderID, item: [String: ItemValue], rules: InputRules = InputRules()) {
        self.init(id: id)
        let assumesUTC = rules.zonelessTimestamps == .utc
        func time(_ name: OrderAttribute) -> Timestamp? {
            item[name]?.text.flatMap { Timestamp($0, assumingUTC: assumesUTC) }
        }
        self.createdAt = time(.createdAt)
        let times = [OrderAttribute.updatedAt, .timestamp].compactMap { time($0) }
        self.updatedAt = times.first
        let versions = Versions(item[.versions], foreign: self.updatedAt)
        self.status = versions.text(item, .status)
        self.amount = versions.value(item[.amount]?.digits.flatMap { Money($0) }, .amount)
        self.currency = versions.text(item, .currency)
        self.userID = versions.value(item[.userId].flatMap { $0.text ?? $0.integerDigits }, .userId)
        self.customerEmail = versions.text(item, .customerEmail)
        self.itemName = versions.text(item, .itemName)
        self.quantity = versions.value(item[.quantity]?.digits.flatMap { Int64($0) }, .quantity)
    }

    /// All attributes of the item, derived ones included.
    package func item(_ bands: AmountBands) -> [String: ItemValue] {
        var item: [String: ItemValue] = [:]
        var versions: [String: ItemValue] = [:]
        func put<Value>(_ name: OrderAttribute, _ value: Versioned<Value>?, _ make: (Value) -> ItemValue) {
            guard let value else { return }
            item[name.rawValue] = make(value.value)
            versions[name.rawValue] = value.instant.map { .string($0.text) }
        }
        put(.status, self.status) { .string($0) }
        put(.amount, self.amount) { .number($0.text) }
        put(.currency, self.currency) { .string($0) }
        put(.userId, self.userID) { .string($0) }
        put(.customerEmail, self.customerEmail) { .string($0) }
        put(.itemName, self.itemName) { .string($0) }
        put(.quantity, self.quantity) { .number(String($0)) }
        item[OrderAttribute.orderId.rawValue] = .string(self.id.text)
        item[OrderAttribute.versions.rawValue] = .map(versions)
        item[OrderAttribute.format.rawValue] = .number(String(Self.format))
        item[OrderAttribute.createdAt.rawValue] = self.createdAt.map { .string($0.text) }
        item[OrderAttribute.updatedAt.rawValue] = self.updatedAt.map { .string($0.text) }
        item[OrderAttribute.timestamp.rawValue] = self.updatedAt.map { .string($0.text) }
        item[OrderAttribute.amountBand.rawValue] = self.amount.map { .string(bands.name(of: $0.value)) }
        item[OrderAttribute.emailDomain.rawValue] =
            self.customerEmail.flatMap { EmailAddress.domain(of: $0.value) }.map { .string($0) }
        return item
    }
}

extension [String: ItemValue] {
    fileprivate subscript(name: OrderAttribute) -> ItemValue? { self[name.rawValue] }
}

/// The `versions` map of an item that was read.
private struct Versions {
    private let map: [String: ItemValue]?
    private let foreign: Timestamp?

    init(_ value: ItemValue?, foreign: Timestamp?) {
        if case .map(let map) = value { self.map = map } else { self.map = nil }
        self.foreign = foreign
    }

    func value<Value>(_ value: Value?, _ name: OrderAttribute) -> Versioned<Value>? {
        guard let value else { return nil }
        guard let map = self.map else { return Versioned(value, at: self.foreign) }
        return Versioned(value, at: map[name.rawValue]?.text.flatMap { Timestamp($0) })
    }

    func text(_ item: [String: ItemValue], _ name: OrderAttribute) -> Versioned<String>? {
        self.value(item[name]?.text, name)
    }
}

/// The names of a stored order's attributes.
///
/// Those that messages carry have a version each.
package enum OrderAttribute: String, CaseIterable, Sendable {
    case orderId, status, amount, currency, userId, customerEmail, itemName, quantity
    case timestamp, createdAt, updatedAt, versions
    /// The item's format: a number.
    case format
    /// Derived from the amount and the thresholds.
    case amountBand
    /// Derived from the customer's address.
    case emailDomain
}
