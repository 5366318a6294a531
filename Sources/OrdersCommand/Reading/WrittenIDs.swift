internal import JSONText

/// The ids in an order's text, as the functions read them.
///
/// `JSONValue` keeps numbers as doubles, in which ids of 16 digits and more become those of other orders.
package struct WrittenIDs: Sendable, Equatable {
    /// A member by which an order is known, in the order in which `orders send` looks for them.
    package enum Name: Sendable, CaseIterable {
        /// `PartitionKey`.
        case partitionKey
        /// `orderId`, of an order message.
        case messageOrderID
        /// `order_id`, of a short record.
        case shortOrderID
        /// `OrderId`, of an order event's `Payload`.
        case eventOrderID
        /// `customer_id`, of a short record.
        case customerID
    }

    /// A member that is an object with ids in it.
    package enum Part: Sendable {
        /// `Payload`, of an order event.
        case payload
        /// `detail`, of an event of EventBridge.
        case detail
    }

    /// What stands in the place of an id.
    package enum Value: Sendable, Equatable {
        /// A string that is not empty, or a number without sign, fraction and exponent, which stands for its digits.
        case id(String)
        /// Any other number, as it is written: the functions take none for an id.
        case number(String)
    }

    private var values: [Name: Value] = [:]
    private var parts: [Part: WrittenIDs] = [:]

    /// Reads a JSON text, of which anything but an object has no ids; throws `JSONError` where it is none.
    package init(parsing bytes: some Collection<UInt8>) throws {
        self = try JSONReader.read(withoutByteOrderMark: bytes) { reader in try WrittenIDs(reading: &reader) }
    }

    private init(reading reader: inout JSONReader) throws {
        guard try reader.peek() == .object else {
            try reader.skip()
            return
        }
        // Of a repeated name the last value counts.
        try reader.readObject { key, reader in
            if let name = Name(key) {
                self.values[name] = try Self.value(&reader)
            } else if let part = Part(key) {
                let isObject = try reader.peek() == .object
                let ids = try WrittenIDs(reading: &reader)
                self.parts[part] = isObject ? ids : nil
            } else {
                try reader.skip()
            }
        }
    }

    private static func value(_ reader: inout JSONReader) throws -> Value? {
        switch try reader.peek() {
        case .string:
            let text = try reader.readString()
            return text.isEmpty ? nil : .id(text)
        case .number:
            let number = try reader.readNumber()
            // What the decoders take for an id, too.
            guard let digits = number.digitString else { return .number(number.text) }
            return .id(digits.string)
        case .object, .array, .bool, .null:
            try reader.skip()
            return nil
        }
    }

    /// What the member is; nil where it is neither a string nor a number.
    package subscript(name: Name) -> Value? { self.values[name] }

    /// The ids of an object inside; nil where there is none.
    package subscript(part: Part) -> WrittenIDs? { self.parts[part] }

    /// The id that the member is; nil where it is none.
    package func id(_ name: Name) -> String? {
        guard case .id(let text)? = self.values[name] else { return nil }
        return text
    }
}

extension WrittenIDs.Name {
    fileprivate init?(_ key: JSONString) {
        switch key {
        case "PartitionKey": self = .partitionKey
        case "orderId": self = .messageOrderID
        case "order_id": self = .shortOrderID
        case "OrderId": self = .eventOrderID
        case "customer_id": self = .customerID
        default: return nil
        }
    }
}

extension WrittenIDs.Part {
    fileprivate init?(_ key: JSONString) {
        switch key {
        case "Payload": self = .payload
        case "detail": self = .detail
        default: return nil
        }
    }
}
