import JSONText
import LambdaEvents
import Orders

/// Who decodes: from the bytes of a Kinesis event to orders, base64 included.
enum DecodingSide: String {
    case ours
    case foundation

    /// Decodes every record; its orders, and a thousandth of that for each of their products.
    func checksum(of event: [UInt8]) throws -> Int {
        switch self {
        case .ours: try Self.decode(event)
        case .foundation: try FoundationEvent.checksum(of: event)
        }
    }

    /// As the functions do it: one buffer for the data of all records.
    private static func decode(_ bytes: [UInt8]) throws -> Int {
        // Beyond Lambda's 6 MB, too: an event of 10,000 records only exists here.
        let event = try KinesisEvent.read(bytes, limits: JSONLimits(bytes: 1 << 30))
        let decoder = OrderRecordDecoder { _ in preconditionFailure("an order event needs no made-up id") }
        var buffer: [UInt8] = []
        var checksum = 0
        for content in event.records {
            let record = try content.get()
            try record.decodeData(into: &buffer)
            guard case .order(let order) = decoder.decode(buffer, eventID: record.eventID, arrival: nil) else {
                throw UnreadableRecord(index: record.index)
            }
            checksum += 1_000 + order.lines.count
        }
        return checksum
    }

    /// The benchmark's own event is broken.
    private struct UnreadableRecord: Error {
        let index: Int
    }
}
