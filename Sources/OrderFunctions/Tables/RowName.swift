internal import AWSClient
internal import JSONText
internal import Orders

/// A row's key in one text, `<PK> <SK>`, as claims keep it; the first space is the one between its parts.
///
/// It is compared byte for byte, as DynamoDB does: `String` takes canonically equivalent texts for the same, and products
/// with such ids have a row each.
struct RowName: Hashable, Comparable, Sendable {
    let text: String

    init(text: String) { self.text = text }

    init(_ row: CounterKey) { self.text = "\(row.partitionKey) \(row.sortKey)" }

    /// The name of an item; nil for one without a key.
    init?(_ item: AttributeMap) {
        guard let partitionKey = item["PK"]?.string, let sortKey = item["SK"]?.string else { return nil }
        self.text = "\(partitionKey) \(sortKey)"
    }

    static func == (left: RowName, right: RowName) -> Bool { left.text.hasBytes(of: right.text) }

    static func < (left: RowName, right: RowName) -> Bool { left.text.precedesInBytes(right.text) }

    func hash(into hasher: inout Hasher) { self.text.hashBytes(into: &hasher) }
}
