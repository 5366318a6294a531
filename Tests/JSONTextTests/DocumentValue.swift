import JSONText
import TestSupport

/// Any JSON value, for tests that read or write whole documents.
///
/// Members keep their order and repetitions.
enum DocumentValue: Equatable {
    struct Member: Equatable {
        var key: String
        var value: DocumentValue
    }

    case null
    case bool(Bool)
    case number(String)
    case string(String)
    case array([DocumentValue])
    case object([Member])

    /// Reads a value by the typed calls, so that it sees what `skip` does not look at.
    init(_ reader: inout JSONReader) throws {
        switch try reader.peek() {
        case .null:
            let wasNull = try reader.readNull()
            precondition(wasNull)
            self = .null
        case .bool: self = .bool(try reader.readBool())
        case .number: self = .number(try reader.readNumber().text)
        case .string: self = .string(try reader.readString())
        case .array:
            var elements: [DocumentValue] = []
            try reader.readArray { index, reader in
                precondition(index == elements.count)
                elements.append(try DocumentValue(&reader))
            }
            self = .array(elements)
        case .object:
            var members: [Member] = []
            try reader.readObject { key, reader in
                members.append(Member(key: key.string, value: try DocumentValue(&reader)))
            }
            self = .object(members)
        }
    }

    static func parse(_ bytes: [UInt8], limits: JSONLimits = .standard) throws -> DocumentValue {
        try JSONReader.read(bytes, limits: limits) { reader in try DocumentValue(&reader) }
    }

    func write(to writer: inout JSONWriter) {
        switch self {
        case .null: writer.null()
        case .bool(let value): writer.bool(value)
        case .number(let digits): writer.raw(digits.utf8)
        case .string(let value): writer.string(value)
        case .array(let elements):
            writer.array { writer in
                for element in elements { element.write(to: &writer) }
            }
        case .object(let members):
            writer.object { writer in
                for member in members {
                    writer.key(member.key)
                    member.value.write(to: &writer)
                }
            }
        }
    }
}

extension DocumentValue {
    /// A random document with every kind of value, strings with every class of character.
    static func random(depth: Int, using generator: inout SeededGenerator) -> DocumentValue {
        switch Int.random(in: 0..<(depth > 0 ? 8 : 5), using: &generator) {
        case 0: return .null
        case 1: return .bool(Bool.random(using: &generator))
        case 2: return .number(self.randomNumber(using: &generator))
        case 3, 4: return .string(self.randomString(using: &generator))
        case 5:
            return .array(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    self.random(depth: depth - 1, using: &generator)
                }
            )
        default:
            return .object(
                (0..<Int.random(in: 0...5, using: &generator)).map { _ in
                    Member(
                        key: self.randomString(using: &generator),
                        value: self.random(depth: depth - 1, using: &generator)
                    )
                }
            )
        }
    }

    private static func randomNumber(using generator: inout SeededGenerator) -> String {
        var text = Bool.random(using: &generator) ? "-" : ""
        text += String(
            UInt64.random(in: 0...UInt64.max >> UInt64.random(in: 0...63, using: &generator), using: &generator)
        )
        if Bool.random(using: &generator) { text += "." + String(UInt32.random(in: 0...999, using: &generator)) }
        if Bool.random(using: &generator) {
            // Within what Foundation, which judges some of the documents, can hold in a Double.
            text += ["e", "E", "e+", "e-"][Int.random(in: 0..<4, using: &generator)]
            text += String(Int.random(in: 0...200, using: &generator))
        }
        return text
    }

    private static func randomString(using generator: inout SeededGenerator) -> String {
        // Lengths around 8, 16 and 32, where a reader that takes many bytes at once changes its way.
        var text = ""
        for _ in 0..<Int.random(in: 0...40, using: &generator) {
            switch Int.random(in: 0..<20, using: &generator) {
            case 0: text.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 0..<0x20, using: &generator)))
            case 1: text += ["\"", "\\", "/", "\u{7F}"][Int.random(in: 0..<4, using: &generator)]
            case 2: text += ["é", "ß", "€", "\u{2028}", "\u{FFFF}"][Int.random(in: 0..<5, using: &generator)]
            case 3: text += ["😀", "\u{10FFFF}", "\u{10000}"][Int.random(in: 0..<3, using: &generator)]
            default: text.unicodeScalars.append(Unicode.Scalar(UInt8.random(in: 0x20..<0x7F, using: &generator)))
            }
        }
        return text
    }
}
