internal import LambdaRuntime

/// What producers call their orders, each name once, in the order of the records.
struct CorrelationIDs {
    /// A line of CloudWatch has 1 MiB at most, and a person who looks for an id finds it by a search.
    private static let maximum = 1_000

    private(set) var all: [String] = []
    private var known: Set<String> = []

    /// No names yet, and room for those of so many records.
    init(records: Int) {
        self.all.reserveCapacity(min(records, Self.maximum))
        self.known.reserveCapacity(min(records, Self.maximum))
    }

    /// Adds an id, unless it is known or there is none.
    mutating func insert(_ id: String?) {
        guard let id, self.all.count < Self.maximum, self.known.insert(id).inserted else { return }
        self.all.append(id)
    }

    /// Adds the ids that are not known.
    mutating func insert(_ ids: [String]) {
        for id in ids { self.insert(id) }
    }
}

extension LogValue {
    /// A `correlation_id`: the line of an order whose producer calls it nothing does not have the key.
    static func correlationID(_ id: String?) -> LogValue { id.map { .string($0) } ?? .absent }
}
