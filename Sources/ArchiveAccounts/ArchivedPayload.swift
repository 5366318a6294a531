internal import JSONText
internal import OrderFunctions
package import Orders

/// An archived record as its producer sent it, to be put into a stream again.
package struct ArchivedPayload: Sendable, Equatable {
    /// The record's place in its shard.
    package let sequenceNumber: String
    /// What the producer chose the shard by.
    package let partitionKey: String
    /// The bytes that the stream received; of a JSON text without the line breaks between its tokens.
    package let data: [UInt8]
    /// When the stream received it.
    package let arrival: Timestamp?

    /// Reads a line of an archive object; nil for what is no record, as the archive has it under `envelope`.
    ///
    /// Throws where the bytes are no line of an archive object.
    package init?(_ line: ArraySlice<UInt8>) throws {
        var (number, key, arrival) = (String?.none, String?.none, Timestamp?.none)
        var (text, received) = ([UInt8]?.none, [UInt8]?.none)
        try JSONReader.read(line, limits: .archiveLine(bytes: line.count)) { reader in
            try reader.readObject { name, reader in
                switch name {
                case "sequenceNumber": number = try reader.readString()
                case "partitionKey": key = try reader.readString()
                case "arrivedAt": arrival = Timestamp(try reader.readString())
                case "record": text = Array(reader.slice(try reader.skip()))
                // Beside a text these are the bytes of which it was decompressed.
                case "data", "unparsed": received = Base64.decode(try reader.readStringToken().utf8)
                default: try reader.skip()
                }
            }
        }
        guard let data = received ?? text, let key, let number else { return nil }
        self.sequenceNumber = number
        self.partitionKey = key
        self.data = data
        self.arrival = arrival
    }
}
