/// The id of a Kinesis record, as Lambda makes it: `shardId-000000000006:<sequence number>`.
enum KinesisEventID {
    /// The part before the last colon; nil where there is none.
    static func shardID(of eventID: String) -> String? {
        let bytes = eventID.utf8
        guard let colon = bytes.lastIndex(of: UInt8(ascii: ":")), colon != bytes.startIndex else { return nil }
        return String(bytes[..<colon])
    }
}
