package import JSONText

/// One value of a DynamoDB item.
///
/// Numbers stay decimal text: at most 38 significant digits, never a `Double`.
package enum AttributeValue: Hashable, Sendable {
    case s(String)
    case n(String)
    case b([UInt8])
    case bool(Bool)
    case null
    case l([AttributeValue])
    case m(AttributeMembers)
    case ss([String])
    case ns([String])
    case bs([[UInt8]])
}

/// A whole item, a key, or the values of an expression.
package typealias AttributeMap = [String: AttributeValue]

/// An attribute of an item and its value, where the order of attributes matters or is known beforehand.
package struct ItemAttribute: Sendable, Equatable {
    /// The attribute's name.
    package let name: String
    /// The value that it has, gets, or is compared with.
    package let value: AttributeValue

    /// A value for an attribute.
    package init(_ name: String, _ value: AttributeValue) {
        self.name = name
        self.value = value
    }
}

extension AttributeValue {
    /// The text of an `S`.
    package var string: String? {
        if case .s(let text) = self { text } else { nil }
    }

    /// The digits of an `N`.
    package var number: String? {
        if case .n(let digits) = self { digits } else { nil }
    }

    /// The members of an `M`.
    package var map: AttributeMap? {
        if case .m(let members) = self { members.map } else { nil }
    }
}

extension AttributeValue {
    /// Writes `{"S":"…"}` and its like.
    package func write(to writer: inout JSONWriter) {
        switch self {
        case .s(let text): writer.taggedString("S", text)
        case .n(let digits): writer.taggedString("N", digits)
        case .b(let bytes): writer.taggedString("B", Base64.encode(bytes))
        case .bool(let value): Self.write("BOOL", to: &writer) { $0.bool(value) }
        case .null: Self.write("NULL", to: &writer) { $0.bool(true) }
        case .l(let elements): Self.write("L", elements, to: &writer) { $1.write(to: &$0) }
        case .m(let members):
            Self.write("M", to: &writer) { writer in
                writer.object { writer in
                    for place in members.names.indices {
                        writer.key(members.names[place])
                        members.values[place].write(to: &writer)
                    }
                }
            }
        case .ss(let texts): Self.write("SS", texts, to: &writer) { $0.string($1) }
        case .ns(let numbers): Self.write("NS", numbers, to: &writer) { $0.string($1) }
        case .bs(let blobs): Self.write("BS", blobs, to: &writer) { $0.string(Base64.encode($1)) }
        }
    }

    /// Writes an item.
    ///
    /// Names are sorted, so that equal requests have equal bytes.
    package static func write(_ item: AttributeMap, to writer: inout JSONWriter) {
        writer.object { writer in
            for (name, value) in item.sorted(by: { $0.key < $1.key }) {
                writer.key(name)
                value.write(to: &writer)
            }
        }
    }

    private static func write(_ tag: String, to writer: inout JSONWriter, _ value: (inout JSONWriter) -> Void) {
        writer.object { writer in
            writer.key(tag)
            value(&writer)
        }
    }

    private static func write<Element>(
        _ tag: String,
        _ elements: [Element],
        to writer: inout JSONWriter,
        _ element: (inout JSONWriter, Element) -> Void
    ) {
        self.write(tag, to: &writer) { writer in
            writer.array { writer in elements.forEach { element(&writer, $0) } }
        }
    }

    /// Reads `{"S":"…"}` and its like.
    package init(from reader: inout JSONReader) throws {
        var value: AttributeValue?
        try reader.readObject { tag, reader in
            switch tag {
            case "S": value = .s(try reader.readString())
            case "N": value = .n(try reader.readString())
            case "B": value = .b(try Self.readBytes(&reader))
            case "BOOL": value = .bool(try reader.readBool())
            case "NULL":
                _ = try reader.readBool()
                value = .null
            case "L": value = .l(try Self.readList(&reader) { try AttributeValue(from: &$0) })
            case "M": value = .m(AttributeMembers(try Self.readItem(&reader)))
            case "SS": value = .ss(try Self.readList(&reader) { try $0.readString() })
            case "NS": value = .ns(try Self.readList(&reader) { try $0.readString() })
            case "BS": value = .bs(try Self.readList(&reader) { try Self.readBytes(&$0) })
            default: throw reader.error(.invalidValue, "unknown type of an attribute value")
            }
        }
        guard let value else { throw reader.error(.missingMember, "attribute value without a type") }
        self = value
    }

    /// Reads an item.
    package static func readItem(_ reader: inout JSONReader) throws -> AttributeMap {
        var item: AttributeMap = [:]
        try reader.readObject { name, reader in
            item[name.string] = try AttributeValue(from: &reader)
        }
        return item
    }

    private static func readBytes(_ reader: inout JSONReader) throws -> [UInt8] {
        guard let bytes = Base64.decode(try reader.readStringToken().utf8) else {
            throw reader.error(.invalidValue, "expected base64")
        }
        return bytes
    }

    private static func readList<Element>(
        _ reader: inout JSONReader,
        _ read: (inout JSONReader) throws -> Element
    ) throws -> [Element] {
        var elements: [Element] = []
        try reader.readArray { _, reader in elements.append(try read(&reader)) }
        return elements
    }
}
