internal import JSONText

/// The names of an object's members that decide something.
///
/// Serializers write one name in several cases (`currency`, `Currency`), and join its words by `_`, `-` or nothing
/// (`message_id`, `MessageId`); what stands under the wrong one would be lost in silence: with a default in its place
/// an order would be booked as another one.
protocol MemberName: Hashable {
    /// The name as it is spelled.
    var text: StaticString { get }

    /// What a name means that differs from one of these in case, and in what joins its words, alone; nil for any other.
    ///
    /// Asked of each unknown member of each order: a name of another length costs one comparison, and one that begins
    /// with another letter one more for each name of its length.
    static func meant(by key: JSONString) -> Self?

    /// Whether a value of the member says nothing.
    func isAbsent(_ field: JSONField) -> Bool
}

extension MemberName {
    func isAbsent(_ field: JSONField) -> Bool { field.isAbsent }

    /// The name, where the key is that in whatever case, its words joined in whatever way.
    fileprivate static func spelled(_ name: Self, _ key: JSONString) -> Self? {
        key.isSpelling(of: name.text) ? name : nil
    }
}

extension JSONString {
    /// Whether the value differs from a name in the case of letters, and in a `_` or `-` between its words, alone.
    ///
    /// Most unknown names differ in their first byte, of which the bit of a letter's case is left out.
    @inline(__always)
    fileprivate func isSpelling(of name: StaticString) -> Bool {
        if !self.hasEscapes, let first = unsafe self.raw.first {
            let wanted = unsafe name.utf8Start.pointee
            guard first | 0x20 == wanted | 0x20 else { return false }
        }
        return self.hasWords(of: name)
    }

    /// Words begin with a capital, or behind the name's `_`; elsewhere a `_` makes another name of it.
    @inline(never)
    private func hasWords(of name: StaticString) -> Bool {
        let name = unsafe UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var rest = self.utf8[...]
        for index in name.indices {
            let byte = unsafe name[index]
            let isBorder = index > 0 && (byte == UInt8(ascii: "_") || byte != byte.asciiLowercased)
            if isBorder, rest.first == UInt8(ascii: "_") || rest.first == UInt8(ascii: "-") { rest.removeFirst() }
            if byte == UInt8(ascii: "_") { continue }
            guard rest.popFirst()?.asciiLowercased == byte.asciiLowercased else { return false }
        }
        return rest.isEmpty
    }
}

/// A member of an order event's `Payload`.
enum PayloadName: MemberName {
    case orderID, userID, amount, currency, productIDs, quantities, created

    var text: StaticString {
        switch self {
        case .orderID: "OrderId"
        case .userID: "UserId"
        case .amount: "TotalAmount"
        case .currency: "Currency"
        case .productIDs: "ProductIds"
        case .quantities: "Quantities"
        case .created: "createdUtc"
        }
    }

    static func meant(by key: JSONString) -> PayloadName? {
        switch key.utf8Count {
        case 6: self.spelled(.userID, key)
        case 7: self.spelled(.orderID, key) ?? self.spelled(.userID, key)
        case 8: self.spelled(.currency, key) ?? self.spelled(.orderID, key)
        case 10: self.spelled(.productIDs, key) ?? self.spelled(.quantities, key) ?? self.spelled(.created, key)
        case 11: self.spelled(.amount, key) ?? self.spelled(.productIDs, key) ?? self.spelled(.created, key)
        case 12: self.spelled(.amount, key)
        default: nil
        }
    }
}

/// A member of a Kinesis record: of an order event, or of a short record.
enum RecordName: MemberName {
    case type, messageID, occurred, payload
    case customerID, orderID, amount, currency

    var text: StaticString {
        switch self {
        case .type: "Type"
        case .messageID: "MessageId"
        case .occurred: "OccurredUtc"
        case .payload: "Payload"
        case .customerID: "customer_id"
        case .orderID: "order_id"
        case .amount: "amount"
        case .currency: "currency"
        }
    }

    static func meant(by key: JSONString) -> RecordName? {
        switch key.utf8Count {
        case 4: self.spelled(.type, key)
        case 6: self.spelled(.amount, key)
        case 7: self.spelled(.payload, key) ?? self.spelled(.orderID, key)
        case 8: self.spelled(.currency, key) ?? self.spelled(.orderID, key)
        case 9: self.spelled(.messageID, key)
        case 10: self.spelled(.messageID, key) ?? self.spelled(.customerID, key)
        case 11: self.spelled(.occurred, key) ?? self.spelled(.customerID, key)
        case 12: self.spelled(.occurred, key)
        default: nil
        }
    }
}

/// A member of an order message.
enum MessageName: MemberName {
    case orderID, userID, itemName, quantity, status, timestamp, amount, currency, customerEmail

    var text: StaticString {
        switch self {
        case .orderID: "orderId"
        case .userID: "userId"
        case .itemName: "itemName"
        case .quantity: "quantity"
        case .status: "status"
        case .timestamp: "timestamp"
        case .amount: "amount"
        case .currency: "currency"
        case .customerEmail: "customerEmail"
        }
    }

    static func meant(by key: JSONString) -> MessageName? {
        switch key.utf8Count {
        case 6: self.spelled(.userID, key) ?? self.spelled(.status, key) ?? self.spelled(.amount, key)
        case 7: self.spelled(.orderID, key) ?? self.spelled(.userID, key)
        case 8:
            self.spelled(.itemName, key) ?? self.spelled(.quantity, key) ?? self.spelled(.currency, key)
                ?? self.spelled(.orderID, key)
        case 9: self.spelled(.timestamp, key) ?? self.spelled(.itemName, key)
        case 13: self.spelled(.customerEmail, key)
        case 14: self.spelled(.customerEmail, key)
        default: nil
        }
    }

    func isAbsent(_ field: JSONField) -> Bool {
        switch self {
        case .itemName, .status, .customerEmail: field.isBlankOrAbsent
        case .orderID, .userID, .quantity, .timestamp, .amount, .currency: field.isAbsent
        }
    }
}

/// The members of an object whose names differ from one that is known in case, and in what joins its words, alone.
///
/// Valid only inside the closure of `JSONReader.read`.
struct Misspellings<Name: MemberName> {
    struct Member {
        let meant: Name
        let name: JSONString
        let field: JSONField
        fileprivate let spelling: Spelling

        fileprivate init(meant: Name, name: JSONString, field: JSONField) {
            self.meant = meant
            self.name = name
            self.field = field
            self.spelling = Spelling(meant, name)
        }

        fileprivate var isAbsent: Bool { self.meant.isAbsent(self.field) }
    }

    /// A name as it is written.
    fileprivate struct Spelling: Hashable {
        private let meant: Name
        /// The capitals, `_` and `-`, two bits for each byte behind a 1: with `meant` that is the name.
        private let bits: UInt64

        init(_ meant: Name, _ name: JSONString) {
            self.meant = meant
            self.bits = name.utf8.reduce(1 as UInt64) { bits, byte in
                switch byte {
                case UInt8(ascii: "_"): bits << 2 | 3
                case UInt8(ascii: "-"): bits << 2 | 2
                default: bits << 2 | (byte & 0x20 == 0 ? 1 : 0)
                }
            }
        }
    }

    /// One for each name as it is written; ordinary orders have none, and no memory is taken for them.
    private var members: [Member] = []
    /// Where they are, once there are more than `fewMembers`: a text made for that has tens of thousands of spellings.
    private var places: [Spelling: Int] = [:]

    private static var fewMembers: Int { 16 }

    /// Takes the value of a member that is not known, which is kept only if its name is nearly known and it says
    /// something; of a repeated name the last value counts.
    mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        guard let meant = Name.meant(by: key) else {
            try reader.skip()
            return
        }
        let member = Member(meant: meant, name: key, field: try reader.readField())
        if let place = self.place(of: member.spelling) {
            self.members[place] = member
        } else if !member.isAbsent {
            self.members.append(member)
            self.notePlace()
        }
    }

    private func place(of spelling: Spelling) -> Int? {
        guard self.members.count > Self.fewMembers else {
            return self.members.firstIndex { $0.spelling == spelling }
        }
        return self.places[spelling]
    }

    /// Notes where the last member is, and before it all others when there are no longer few.
    private mutating func notePlace() {
        let count = self.members.count
        guard count > Self.fewMembers else { return }
        for place in (self.places.isEmpty ? 0 : count - 1)..<count {
            self.places[self.members[place].spelling] = place
        }
    }

    /// Whether there is none, as nearly always.
    var isEmpty: Bool { self.members.isEmpty }

    /// Whether a member that says something stands for this one.
    func contain(_ name: Name) -> Bool { self.members.contains { $0.meant == name && !$0.isAbsent } }

    /// The refusal of the first member that says something and for which `isRefused`; nil where there is none.
    ///
    /// `object` is what the members are of, in words, and `path` its place in the document. The name in the reason is
    /// no customer's data, since it is a known one but for case, `_` and `-`.
    func refusal(of object: String, _ path: String, _ isRefused: (Member) -> Bool) -> OrderError? {
        guard let member = self.refused(isRefused).first else { return nil }
        let name = member.name.string
        let reason = "\(object) has \(name), which is spelled \(member.meant.text)"
        return member.field.error(.missingMember, reason, path + "." + name)
    }

    /// The members that say something and for which `isRefused`, in their order.
    func refused(_ isRefused: (Member) -> Bool) -> [Member] {
        self.members.filter { !$0.isAbsent && isRefused($0) }
    }
}
