internal import JSONText

extension KinesisPutResult {
    init(from reader: inout JSONReader) throws {
        var shardID: String?
        var sequenceNumber: String?
        var errorCode: String?
        var message = ""
        try reader.readObject { key, reader in
            switch key {
            case "ShardId": shardID = try reader.readOptionalString()
            case "SequenceNumber": sequenceNumber = try reader.readOptionalString()
            case "ErrorCode": errorCode = try reader.readOptionalString()
            case "ErrorMessage": message = try reader.readOptionalString() ?? ""
            default: try reader.skip()
            }
        }
        if let errorCode {
            self = .failed(errorCode: errorCode, message: message)
        } else if let shardID, let sequenceNumber {
            self = .stored(shardID: shardID, sequenceNumber: sequenceNumber)
        } else {
            throw reader.error(.missingMember, "result with neither SequenceNumber nor ErrorCode")
        }
    }
}

extension KinesisRecord {
    init(from reader: inout JSONReader) throws {
        self.init(sequenceNumber: "", partitionKey: "", data: [], approximateArrivalTimestamp: "0")
        try reader.readObject { key, reader in
            switch key {
            case "SequenceNumber": self.sequenceNumber = try reader.readString()
            case "PartitionKey": self.partitionKey = try reader.readString()
            case "ApproximateArrivalTimestamp": self.approximateArrivalTimestamp = try reader.readNumber().text
            case "Data":
                guard let data = Base64.decode(try reader.readStringToken().utf8) else {
                    throw reader.error(.invalidValue, "expected base64")
                }
                self.data = data
            default: try reader.skip()
            }
        }
    }
}

extension StreamShard {
    init(from reader: inout JSONReader) throws {
        self.init(shardID: "")
        try reader.readObject { key, reader in
            switch key {
            case "ShardId": self.shardID = try reader.readString()
            case "ParentShardId": self.parentShardID = try reader.readOptionalString()
            case "AdjacentParentShardId": self.adjacentParentShardID = try reader.readOptionalString()
            case "SequenceNumberRange":
                try reader.readObject { key, reader in
                    switch key {
                    case "StartingSequenceNumber": self.startingSequenceNumber = try reader.readOptionalString()
                    case "EndingSequenceNumber": self.endingSequenceNumber = try reader.readOptionalString()
                    default: try reader.skip()
                    }
                }
            default: try reader.skip()
            }
        }
    }
}

extension JSONReader {
    /// The answer to `GetShardIterator` of either stream service.
    mutating func readShardIterator() throws -> String {
        try self.readRequiredMember("ShardIterator") { try $0.readString() }
    }
}

extension JSONWriter {
    /// The iterator's type and, where it has one, sequence number, whose key differs between the stream services.
    mutating func position(_ position: ShardIteratorPosition, sequenceNumberKey: String) {
        let (type, sequenceNumber): (String, String?) =
            switch position {
            case .trimHorizon: ("TRIM_HORIZON", nil)
            case .latest: ("LATEST", nil)
            case .atSequenceNumber(let number): ("AT_SEQUENCE_NUMBER", number)
            case .afterSequenceNumber(let number): ("AFTER_SEQUENCE_NUMBER", number)
            case .atTimestamp: ("AT_TIMESTAMP", nil)
            }
        self.member("ShardIteratorType", type)
        self.optional(sequenceNumberKey, sequenceNumber)
        if case .atTimestamp(let seconds) = position {
            self.key("Timestamp")
            self.integer(seconds)
        }
    }
}
