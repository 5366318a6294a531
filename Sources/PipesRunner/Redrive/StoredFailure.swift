internal import EventPatterns
internal import JSONText

/// An on-failure object of an event source mapping, as far as it can be delivered again.
package struct StoredFailure: Sendable, Equatable {
    /// The function that failed.
    package let functionARN: String
    /// `RetryAttemptsExhausted` and so on.
    package let condition: String
    /// How many records the event holds.
    package let recordCount: Int
    /// The event as the function got it, byte for byte.
    package let payload: [UInt8]

    /// Where mappings put their objects: `aws/lambda/<mapping>/…`.
    package static let prefix = "aws/lambda/"

    /// Nil where the object is not one of a mapping.
    package init?(object: [UInt8]) {
        guard case .object(let value)? = try? JSONValue(parsing: object, limits: JSONLimits(bytes: object.count + 1)),
            case .object(let context)? = value["requestContext"],
            case .string(let functionARN)? = context["functionArn"],
            case .string(let condition)? = context["condition"],
            case .object(let event)? = value["payload"], case .array(let records)? = event["Records"],
            let payload = try? Self.payload(of: object)
        else { return nil }
        self.functionARN = functionARN
        self.condition = condition
        self.recordCount = records.count
        self.payload = payload
    }

    private static func payload(of object: [UInt8]) throws -> [UInt8] {
        var payload: [UInt8] = []
        try JSONReader.read(object, limits: JSONLimits(bytes: object.count + 1)) { reader in
            try reader.readObject { name, reader in
                let range = try reader.skip()
                if name == "payload" { payload = Array(reader.slice(range)) }
            }
        }
        return payload
    }
}
