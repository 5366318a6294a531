import FoundationEssentials

/// The event as a user of Foundation would declare it.
///
/// `JSONDecoder` decodes base64 into `Data` by itself.
struct FoundationEvent: Decodable {
    struct Record: Decodable {
        struct Payload: Decodable {
            let data: Data
            let sequenceNumber: String
        }

        let kinesis: Payload
        let eventID: String
    }

    let records: [Record]

    enum CodingKeys: String, CodingKey {
        case records = "Records"
    }

    /// As `DecodingSide.checksum(of:)`.
    static func checksum(of bytes: [UInt8]) throws -> Int {
        let decoder = JSONDecoder()
        let event = try decoder.decode(FoundationEvent.self, from: Data(bytes))
        return try event.records.reduce(0) { checksum, record in
            let order = try decoder.decode(FoundationOrder.self, from: record.kinesis.data)
            return checksum + 1_000 + order.payload.productIDs.count
        }
    }
}

/// The order event inside a record.
struct FoundationOrder: Decodable {
    struct Payload: Decodable {
        let orderID: String
        let userID: String?
        let totalAmount: Decimal
        let currency: String?
        let productIDs: [String]
        let quantities: [String: Int]?
        let created: String?

        enum CodingKeys: String, CodingKey {
            case orderID = "OrderId"
            case userID = "UserId"
            case totalAmount = "TotalAmount"
            case currency = "Currency"
            case productIDs = "ProductIds"
            case quantities = "Quantities"
            case created = "createdUtc"
        }
    }

    let messageID: String
    let occurred: String
    let type: String
    let payload: Payload

    enum CodingKeys: String, CodingKey {
        case messageID = "MessageId"
        case occurred = "OccurredUtc"
        case type = "Type"
        case payload = "Payload"
    }
}
