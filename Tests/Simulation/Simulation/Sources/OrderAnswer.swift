internal import JSONText

/// What a client reads in the answer of `OrderIntake`.
struct OrderAnswer {
    /// What became of one order.
    struct Fate {
        var status = 0
        var orderID = ""
        var messageID = ""
        var shardID = ""
        var sequenceNumber = ""

        /// `shardId-000000000000:<sequence number>`.
        var eventID: String { self.shardID + ":" + self.sequenceNumber }
    }

    private(set) var status = 0
    private(set) var correlationID = ""
    /// That of the document itself, which is one order's.
    private var single = Fate()
    /// Nil where the answer is about the request as a whole.
    private var several: [Fate]?

    /// Nil for bytes that are no such answer.
    init?(_ bytes: [UInt8]) {
        do {
            var body: [UInt8] = []
            try JSONReader.read(bytes) { reader in
                try reader.readObject { key, reader in
                    switch key {
                    case "statusCode": self.status = Int(try reader.readInteger())
                    case "body": body = try reader.readStringToken().utf8
                    default: try reader.skip()
                    }
                }
            }
            try JSONReader.read(body) { reader in
                try reader.readObject { key, reader in
                    switch key {
                    case "CorrelationId": self.correlationID = try reader.readString()
                    case "orders":
                        var fates: [Fate] = []
                        try reader.readArray { _, reader in
                            var fate = Fate()
                            try reader.readObject { try fate.read($0, &$1) }
                            fates.append(fate)
                        }
                        self.several = fates
                    default: try self.single.read(key, &reader)
                    }
                }
            }
            self.single.status = self.status
        } catch {
            return nil
        }
    }

    /// What became of each of so many orders; nil where the answer tells of another number.
    func fates(count: Int) -> [Fate]? {
        guard let several else { return (0..<count).map { _ in self.single } }
        return several.count == count ? several : nil
    }
}

extension OrderAnswer.Fate {
    fileprivate mutating func read(_ key: JSONString, _ reader: inout JSONReader) throws {
        switch key {
        case "status": self.status = Int(try reader.readInteger())
        case "OrderId": self.orderID = try reader.readString()
        case "MessageId": self.messageID = try reader.readString()
        case "ShardId": self.shardID = try reader.readString()
        case "SequenceNumber": self.sequenceNumber = try reader.readString()
        default: try reader.skip()
        }
    }
}
