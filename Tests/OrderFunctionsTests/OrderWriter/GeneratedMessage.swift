import AWSClient
import JSONText
import TestSupport

/// A random order message, and what any number of them in any order must end in: worked out without any code of ours,
/// from tables that say how values compare and how they are stored.
struct GeneratedMessage: Sendable {
    /// A value as a message spells it and as it is stored; `rank` orders values as they have to compare.
    struct Value: Sendable {
        let json: String
        let stored: AttributeValue
        let rank: Int
        /// `amountBand` or `emailDomain`.
        var derived: String?
    }

    private static let times = [
        ("2025-05-03T11:59:59.9999999Z", "2025-05-03T11:59:59.9999999Z", 0),
        ("2025-05-03T12:00:00Z", "2025-05-03T12:00:00Z", 1),
        ("2025-05-03T14:00:00.000+02:00", "2025-05-03T12:00:00Z", 1),
        ("2025-05-03T12:00:00.00000000000001Z", "2025-05-03T12:00:00.00000000000001Z", 2),
        ("2025-05-03T12:00:00.1Z", "2025-05-03T12:00:00.1Z", 3),
        ("2025-05-03T13:00:00+01:00", "2025-05-03T12:00:00Z", 1),
    ]

    private static let values: [String: [Value]] = [
        "status": ["new", "pending", "shipped", "é"].enumerated().map { Value(text: $1, rank: $0) },
        "amount": [
            Value(json: "9.50", stored: .n("9.5"), rank: 0, derived: "LE100"),
            Value(json: "1e2", stored: .n("100"), rank: 1, derived: "LE100"),
            Value(json: "\"100.01\"", stored: .n("100.01"), rank: 2, derived: "normal-LE1000"),
            Value(json: "1000.000000001", stored: .n("1000.000000001"), rank: 3, derived: "premium-GT1000"),
        ],
        "currency": ["EUR", "USD"].enumerated().map { Value(text: $1, rank: $0) },
        "userId": ["U1", "U2"].enumerated().map { Value(text: $1, rank: $0) },
        "customerEmail": [
            Value(text: "a@Shop.Example", rank: 0, derived: "shop.example"),
            Value(text: "b@test.com", rank: 1, derived: "test.com"),
            Value(text: "nobody", rank: 2),
        ],
        "itemName": ["Laptop", "Phone"].enumerated().map { Value(text: $1, rank: $0) },
        "correlationId": ["C-1", "C-2"].enumerated().map { Value(text: $1, rank: $0) },
        "quantity": ["2", "10"].enumerated().map { Value(json: $1, stored: .n($1), rank: $0) },
    ]

    let body: String
    private let time: (text: String, rank: Int)
    private let carried: [String: Value]

    init(_ random: inout SeededGenerator) {
        let (spelling, text, rank) = Self.times[Int.random(in: Self.times.indices, using: &random)]
        var carried: [String: Value] = [:]
        for (name, values) in Self.values.sorted(by: { $0.key < $1.key }) where Bool.random(using: &random) {
            carried[name] = values.randomElement(using: &random)
        }
        self.time = (text, rank)
        self.carried = carried
        let members = [#""orderId":"O""#, #""timestamp":"\#(spelling)""#] + carried.map { #""\#($0)":\#($1.json)"# }
        self.body = "{\(members.joined(separator: ","))}"
    }

    /// The item that the messages end in.
    static func item(_ messages: [GeneratedMessage]) -> AttributeMap? {
        guard let first = messages.min(by: { $0.time.rank < $1.time.rank }),
            let last = messages.max(by: { $0.time.rank < $1.time.rank })
        else { return nil }
        var item: AttributeMap = [
            "orderId": .s("O"), "createdAt": .s(first.time.text), "updatedAt": .s(last.time.text),
            "timestamp": .s(last.time.text), "format": .n("1"),
        ]
        var versions: AttributeMap = [:]
        for name in self.values.keys {
            let winner = messages.filter { $0.carried[name] != nil }
                .max { ($0.time.rank, $0.carried[name]?.rank ?? 0) < ($1.time.rank, $1.carried[name]?.rank ?? 0) }
            guard let winner, let value = winner.carried[name] else { continue }
            item[name] = value.stored
            versions[name] = .s(winner.time.text)
            if let derived = value.derived { item[name == "amount" ? "amountBand" : "emailDomain"] = .s(derived) }
        }
        item["versions"] = .m(AttributeMembers(versions))
        return item
    }
}

extension GeneratedMessage.Value {
    fileprivate init(text: String, rank: Int, derived: String? = nil) {
        self.init(json: "\"\(text)\"", stored: .s(text), rank: rank, derived: derived)
    }
}
