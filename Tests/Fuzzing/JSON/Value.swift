import Foundation

/// Any JSON, as either side read it.
enum Value: Equatable {
    /// One member of an object.
    struct Member: Equatable {
        var key: [UInt8]
        var value: Value
    }

    case null
    case bool(Bool)
    case number(Number)
    /// Bytes, since equal `String`s may be different texts.
    case string([UInt8])
    case array([Value])
    /// Sorted by key.
    case object([Member])

    static func object(sorting members: [Member]) -> Value {
        .object(members.sorted { $0.key.lexicographicallyPrecedes($1.key) })
    }

    /// Members of all objects in it.
    var memberCount: Int {
        switch self {
        case .null, .bool, .number, .string: 0
        case .array(let elements): elements.reduce(0) { $0 + $1.memberCount }
        case .object(let members): members.reduce(members.count) { $0 + $1.value.memberCount }
        }
    }

    /// Whether Foundation, `other`, read the same.
    func agrees(with other: Value) -> Bool {
        switch (self, other) {
        case (.number(let ours), .number(let theirs)): ours.agrees(with: theirs)
        case (.array(let ours), .array(let theirs)):
            ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.agrees(with: $1) }
        case (.object(let ours), .object(let theirs)):
            ours.count == theirs.count
                && zip(ours, theirs).allSatisfy { $0.key == $1.key && $0.value.agrees(with: $1.value) }
        default: self == other
        }
    }
}

/// A number as written, or as Foundation holds it.
enum Number: Equatable {
    case written(String)
    case foundation(Decimal?, Double?)

    /// Exactly, where a `Decimal` holds it; as the nearest `Double`, where that is finite.
    func agrees(with other: Number) -> Bool {
        guard case .written(let text) = self, case .foundation(let decimal, let double) = other else { return false }
        let exact = ExactDecimal(text)
        // Foundation refuses `0e1` as a Double and `0E+999` as a Decimal.
        if exact.digits.isEmpty, text.contains(where: { $0 == "e" || $0 == "E" }) {
            return decimal ?? 0 == 0 && double ?? 0 == 0
        }
        if exact.fitsDecimal, decimal.map({ ExactDecimal($0.description) }) != exact { return false }
        guard let nearest = Double(text), nearest.isFinite, nearest != 0 || exact.digits.isEmpty else { return true }
        return double == nearest
    }
}

/// A decimal number without the choices its spelling leaves: no zeros around its digits, zero without a sign.
struct ExactDecimal: Equatable {
    var isNegative = false
    var digits: [UInt8] = []
    /// Of ten, by which the digits, as an integer, are multiplied.
    var exponent = 0

    /// `text` is a number of JSON's grammar.
    init(_ text: String) {
        let parts = text.split(whereSeparator: { $0 == "e" || $0 == "E" })
        let mantissa = parts[0].split(separator: ".")
        self.digits = mantissa.joined().utf8.filter { $0 != UInt8(ascii: "-") }
        // An exponent that no Int holds is as far outside a Decimal's range as this one.
        self.exponent = parts.count > 1 ? Int(parts[1]) ?? 1_000_000 : 0
        self.exponent -= mantissa.count > 1 ? mantissa[1].utf8.count : 0
        self.digits = Array(self.digits.drop { $0 == UInt8(ascii: "0") })
        while self.digits.last == UInt8(ascii: "0") {
            self.digits.removeLast()
            self.exponent += 1
        }
        if self.digits.isEmpty { self.exponent = 0 }
        self.isNegative = text.hasPrefix("-") && !self.digits.isEmpty
    }

    /// 38 digits and an exponent of eight bits are what Foundation's `Decimal` has for certain.
    var fitsDecimal: Bool { self.digits.count <= 38 && (-127...127 - 38).contains(self.exponent) }
}
