internal import AWSClient
internal import Orders

extension ItemValue {
    /// The value as far as stored orders know it.
    init(_ value: AttributeValue) {
        switch value {
        case .s(let text): self = .string(text)
        case .n(let digits): self = .number(digits)
        case .m(let members): self = .map(members.mapValues { ItemValue($0) })
        case .b, .bool, .null, .l, .ss, .ns, .bs: self = .other
        }
    }

    /// DynamoDB's form; nil for a value of which only the existence is known.
    var attributeValue: AttributeValue? {
        switch self {
        case .string(let text): .s(text)
        case .number(let digits): .n(digits)
        case .map(let members): .m(members.compactMapValues(\.attributeValue))
        case .other: nil
        }
    }
}
