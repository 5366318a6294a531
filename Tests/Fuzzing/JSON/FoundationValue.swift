import Foundation

/// What JSONDecoder makes of any JSON.
struct FoundationValue: Decodable {
    let value: Value

    /// Reads the text; nil where JSONDecoder refuses it.
    ///
    /// `expected` is what our reader found. A wrong guess of a value's type costs JSONDecoder an error and five times
    /// what the value costs, so that its type is tried first; it decides nothing else.
    static func read(_ text: [UInt8], expected: Value?) -> Value? {
        let decoder = JSONDecoder()
        let expectation = Expectation()
        expectation.next = expected
        decoder.userInfo[Expectation.key] = expectation
        return try? decoder.decode(FoundationValue.self, from: Data(text)).value
    }

    init(from decoder: any Decoder) throws {
        let expectation = decoder.userInfo[Expectation.key] as? Expectation
        let expected = expectation?.next
        expectation?.next = nil
        self.value = try Self.value(expected, decoder, expectation) ?? Self.value(decoder, expectation)
    }

    /// The value, if it has the expected one's type.
    private static func value(
        _ expected: Value?,
        _ decoder: any Decoder,
        _ expectation: Expectation?
    ) throws -> Value? {
        guard let expected else { return nil }
        switch expected {
        case .null: return try decoder.singleValueContainer().decodeNil() ? .null : nil
        case .bool: return (try? decoder.singleValueContainer().decode(Bool.self)).map { .bool($0) }
        case .number: return try? self.number(decoder)
        case .string: return try? self.string(decoder)
        case .array(let elements): return try? self.array(decoder, elements, expectation)
        case .object(let members): return try? self.object(decoder, members, expectation)
        }
    }

    /// The value, whatever it is.
    private static func value(_ decoder: any Decoder, _ expectation: Expectation?) throws -> Value {
        if try decoder.singleValueContainer().decodeNil() { return .null }
        if let string = try? self.string(decoder) { return string }
        if let number = try? self.number(decoder) { return number }
        if let array = try? self.array(decoder, [], expectation) { return array }
        if let object = try? self.object(decoder, [], expectation) { return object }
        return .bool(try decoder.singleValueContainer().decode(Bool.self))
    }

    private static func string(_ decoder: any Decoder) throws -> Value {
        .string(Array(try decoder.singleValueContainer().decode(String.self).utf8))
    }

    private static func number(_ decoder: any Decoder) throws -> Value {
        let container = try decoder.singleValueContainer()
        do {
            let decimal = try container.decode(Decimal.self)
            return .number(.foundation(decimal, try? container.decode(Double.self)))
        } catch {
            return .number(.foundation(nil, try container.decode(Double.self)))
        }
    }

    private static func array(
        _ decoder: any Decoder,
        _ expected: [Value],
        _ expectation: Expectation?
    ) throws -> Value {
        var container = try decoder.unkeyedContainer()
        var elements: [Value] = []
        while !container.isAtEnd {
            expectation?.next = elements.count < expected.count ? expected[elements.count] : nil
            elements.append(try container.decode(FoundationValue.self).value)
        }
        return .array(elements)
    }

    private static func object(
        _ decoder: any Decoder,
        _ expected: [Value.Member],
        _ expectation: Expectation?
    ) throws -> Value {
        let container = try decoder.container(keyedBy: Key.self)
        return .object(
            sorting: try container.allKeys.map { key in
                let name = Array(key.stringValue.utf8)
                expectation?.next = expected.first { $0.key == name }?.value
                return Value.Member(key: name, value: try container.decode(FoundationValue.self, forKey: key).value)
            }
        )
    }
}

/// Handed down to the value that is decoded next.
private final class Expectation: @unchecked Sendable {
    static var key: CodingUserInfoKey {
        guard let key = CodingUserInfoKey(rawValue: "expectation") else { fatalError("any text is a key") }
        return key
    }

    var next: Value?
}

/// Any key.
private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }

    init(stringValue: String) {
        self.stringValue = stringValue
    }

    init?(intValue: Int) { nil }
}
