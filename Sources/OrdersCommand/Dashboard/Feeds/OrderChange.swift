package import AWSOperations
internal import JSONText
internal import Orders
internal import Platform

/// A change of the Orders table, as far as the last orders show it.
package struct OrderChange: Sendable {
    let eventID: String
    let kind: ChangeKind
    /// As the stream tells it, to the second.
    let instant: UTCInstant?
    let orderID: ExactText
    let newImage: [UInt8]?
    let oldImage: [UInt8]?

    /// Nil for what is no change of an order.
    package init?(_ record: DynamoDBStreamsRecord) {
        var (name, id, new, old) = ("", "", [UInt8]?.none, [UInt8]?.none)
        do {
            try JSONReader.read(record.json) { reader in
                try reader.readObject { key, reader in
                    switch key {
                    case "eventName": name = try reader.readString()
                    case "dynamodb":
                        try reader.readObject { key, reader in
                            switch key {
                            case "NewImage": new = Array(reader.slice(try reader.skip()))
                            case "OldImage": old = Array(reader.slice(try reader.skip()))
                            case "Keys": id = try Self.orderID(&reader)
                            default: try reader.skip()
                            }
                        }
                    default: try reader.skip()
                    }
                }
            }
        } catch {
            return nil
        }
        let kinds: [String: ChangeKind] = ["INSERT": .insert, "MODIFY": .modify, "REMOVE": .remove]
        guard !id.isEmpty, let kind = kinds[name] else { return nil }
        self.eventID = record.eventID
        self.kind = kind
        self.instant = record.approximateCreationDateTime.flatMap { UTCInstant(secondsSince1970: $0) }
        self.orderID = ExactText(id)
        self.newImage = new
        self.oldImage = old
    }

    private static func orderID(_ reader: inout JSONReader) throws -> String {
        var id = ""
        try reader.readObject { key, reader in
            guard key == "orderId" else {
                try reader.skip()
                return
            }
            try reader.readObject { _, reader in id = try reader.readString() }
        }
        return id
    }

    /// The new image as an order: nil without one.
    var order: Result<OrderImage, OrderError>? {
        self.newImage.map { image in
            do {
                return try JSONReader.read(image) { try OrderImage.read(image: &$0) }
            } catch {
                return .failure(OrderError(.malformed, "the image cannot be read"))
            }
        }
    }
}
