package import AWSClient
internal import Glibc

/// One table; its key attributes are strings.
package final class DynamoDBTable {
    package let name: String
    let keyNames: [String]
    /// Whether changes are recorded, old and new images.
    let hasStream: Bool
    /// By the texts of the key attributes, joined.
    private(set) var items: [String: AttributeMap] = [:]
    /// What each item was before its last write, and when that was.
    private var former: [String: (item: AttributeMap?, end: Int64)] = [:]
    /// The changes since the table was made, in their order.
    package private(set) var changes: [TableChange] = []
    /// The keys of the items that were written since somebody took them, in the order of the writes.
    private var changedKeys: [String] = []

    /// For how long a reader who does not ask for consistency may see what an item was, in nanoseconds; AWS says "usually one
    /// second or less".
    private static let oldestRead: Int64 = 3_000_000_000
    /// DynamoDB's limit for an item, in bytes.
    private static let greatestItem = 400 * 1_024
    /// DynamoDB's limits for a partition key and a sort key, in bytes.
    private static let greatestKeys = [2_048, 1_024]

    package init(_ name: String, keys: [String], hasStream: Bool = false) {
        self.name = name
        self.keyNames = keys
        self.hasStream = hasStream
    }

    /// The items in the order of their keys.
    package var sortedItems: [AttributeMap] {
        self.items.sorted { $0.key.precedesByBytes($1.key) }.map(\.value)
    }

    /// The item of those key attributes.
    package subscript(_ keys: String...) -> AttributeMap? { self.items[keys.joined(separator: "\u{0}")] }

    /// The key of an item, of which `attributes` holds at least the key attributes.
    func key(_ attributes: AttributeMap) throws -> String {
        var key = ""
        for (place, name) in self.keyNames.enumerated() {
            guard case .s(let text)? = attributes[name] else {
                throw Self.invalid("One of the required keys was not given a value or is of another type: \(name)")
            }
            guard !text.isEmpty else {
                throw Self.invalid(
                    "One or more parameter values are not valid. The value of the key attribute \(name) is an empty string"
                )
            }
            guard text.utf8.count <= Self.greatestKeys[place] else {
                throw Self.invalid("One or more parameter values were invalid: Size of \(name) has exceeded the limit")
            }
            key += place == 0 ? text : "\u{0}" + text
        }
        return key
    }

    func item(_ key: String) -> AttributeMap? { self.items[key] }

    /// An item as somebody may still see it who does not ask for consistency.
    func formerItem(_ key: String, at now: Int64) -> AttributeMap? {
        guard let former = self.former[key], now - former.end <= Self.oldestRead else { return self.items[key] }
        return former.item
    }

    /// The item of a key as `takeChangedKeys` gives it.
    package func item(forKey key: String) -> AttributeMap? { self.items[key] }

    /// The keys of the items that were written since this was last asked.
    package func takeChangedKeys() -> [String] {
        if self.changedKeys.isEmpty { return [] }
        defer { self.changedKeys = [] }
        return self.changedKeys
    }

    /// What the write would make of its item, if its condition holds; nil where the item would be gone.
    ///
    /// Throws the refusal of a single write; `ConditionalCheckFailedException` brings the item where the write asks for it.
    func result(
        of write: WriteRequest,
        _ key: String,
        _ cache: ExpressionCache,
        _ weakness: Weakness?
    ) throws -> AttributeMap? {
        let old = self.items[key]
        if let condition = write.condition, weakness?.ignoresCondition(of: write, key: key) != true {
            guard try cache.condition(condition).holds(for: old ?? [:], write.attributes) else {
                throw ConditionFailed(item: write.returnsOldItem ? old : nil)
            }
        }
        switch write.kind {
        case .put(let item): return try Self.stored(item)
        case .delete: return nil
        case .update(let expression):
            var item = old ?? write.key
            for action in try cache.update(expression) {
                try action.apply(to: &item, old: old ?? write.key, write.attributes)
            }
            return try Self.stored(item)
        }
    }

    /// Replaces an item, and records the change where there is one.
    func replace(_ key: String, with item: AttributeMap?, at now: Int64) {
        let old = self.items[key]
        self.items[key] = item
        self.former[key] = (old, now)
        self.changedKeys.append(key)
        if self.hasStream, old != item {
            self.changes.append(TableChange(number: self.changes.count, key: key, old: old, new: item, time: now))
        }
    }

    private static func stored(_ item: AttributeMap) throws -> AttributeMap {
        let normalised = try item.mapValues { try $0.normalised() }
        guard normalised.itemSize <= Self.greatestItem else {
            throw Self.invalid("Item size has exceeded the maximum allowed size")
        }
        return normalised
    }

    private static func invalid(_ message: String) -> ServiceError { ServiceError(400, "ValidationException", message) }
}

extension String {
    /// Whether its bytes of UTF-8 come first, as services order keys.
    func precedesByBytes(_ other: String) -> Bool {
        var (left, right) = (self, other)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let first = left.baseAddress, let second = right.baseAddress else { return !right.isEmpty }
                let order = memcmp(first, second, min(left.count, right.count))
                return order == 0 ? left.count < right.count : order < 0
            }
        }
    }
}

/// A condition did not hold; single writes and statements of a batch each have words of their own for it.
struct ConditionFailed: Error {
    let item: AttributeMap?
}

/// A change of an item, as the table's stream shows it.
package struct TableChange: Sendable {
    /// The place among the table's changes, from 0.
    package let number: Int
    /// The texts of the key attributes, joined.
    package let key: String
    package let old: AttributeMap?
    package let new: AttributeMap?
    /// When it happened, in nanoseconds of the run.
    package let time: Int64
}
