import JSONText

/// A record as a test puts it into a stream.
struct StreamedRecord: Sendable {
    var sequenceNumber: String
    var data: [UInt8]
    var shardID = "shardId-000000000000"
    var stream = "orders"
    /// A JSON value: seconds since 1970, as Kinesis writes them; nil: the event does not say.
    var arrival: String? = "1756318080.648"
    /// Without one the record is of a shape that no event source sends.
    var hasData = true
    var hasIDs = true

    /// Numbers of 56 digits that follow one another.
    init(_ index: Int, _ data: String) {
        self.init(index, Array(data.utf8))
    }

    /// The same with bytes that need be no text.
    init(_ index: Int, _ data: [UInt8]) {
        let digits = String(index)
        self.sequenceNumber =
            "4959033827149025660855926925383615710959215759891" + String(repeating: "0", count: 7 - digits.utf8.count)
            + digits
        self.data = data
    }

    var eventID: String { self.shardID + ":" + self.sequenceNumber }

    private var json: String {
        let data = self.hasData ? #""data":"\#(Base64.encode(self.data))","# : ""
        let number = self.hasIDs ? #""sequenceNumber":"\#(self.sequenceNumber)","# : ""
        let arrival = self.arrival.map { #""approximateArrivalTimestamp":\#($0),"# } ?? ""
        let eventID = self.hasIDs ? #""eventID":"\#(self.eventID)","# : ""
        return """
            {"kinesis":{"kinesisSchemaVersion":"1.0",\(number)\(data)\(arrival)"partitionKey":"1"},\
            "eventSource":"aws:kinesis","eventVersion":"1.0",\
            \(eventID)"eventName":"aws:kinesis:record","awsRegion":"eu-central-1",\
            "eventSourceARN":"arn:aws:kinesis:eu-central-1:123456789012:stream/\(self.stream)"}
            """
    }

    /// The event that delivers the records.
    static func event(_ records: some Sequence<StreamedRecord>) -> [UInt8] {
        Array((#"{"Records":["# + records.map(\.json).joined(separator: ",") + "]}").utf8)
    }
}

extension CapturedLog {
    /// The members of the last line, as JSON texts.
    func lastLine() throws -> [String: String] {
        let line = self.text.split(separator: "\n").last.map { Array($0.utf8) } ?? []
        var members: [String: String] = [:]
        try JSONReader.read(line) { reader in
            try reader.readObject { key, reader in
                let name = key.string
                let range = try reader.skip()
                members[name] = String(decoding: reader.slice(range), as: UTF8.self)
            }
        }
        return members
    }
}
