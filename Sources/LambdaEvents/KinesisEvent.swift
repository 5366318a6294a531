package import JSONText
package import Platform

/// A batch of one shard's records, as a Kinesis event source mapping delivers it: `{"Records":[…]}`.
package struct KinesisEvent: Sendable {
    /// The records in the shard's order.
    ///
    /// An element that is no record stands in its place as a failure.
    package let records: [Result<KinesisEventRecord, RecordError>]

    private init(records: [Result<KinesisEventRecord, RecordError>]) {
        self.records = records
    }

    /// The event of one of its records alone.
    package func only(_ index: Int) -> KinesisEvent { KinesisEvent(records: [self.records[index]]) }

    /// The event of its first records alone.
    package func prefix(_ count: Int) -> KinesisEvent { KinesisEvent(records: Array(self.records.prefix(count))) }

    /// Reads the event's bytes, which the records keep and decode only on demand.
    ///
    /// Throws an `EventError` where the bytes are not a Kinesis event at all.
    package static func read(
        _ event: [UInt8],
        limits: JSONLimits = .standard
    ) throws(EventError) -> KinesisEvent {
        KinesisEvent(
            records: try RecordEnvelope.read(
                event,
                limits: limits,
                source: .kinesis,
                record: { index, reader in try KinesisEventRecord(&reader, index: index, event: event) },
                failure: { error, code, index, range in
                    RecordError.kinesis(error, code, index: index, json: Array(event[range]))
                }
            )
        )
    }
}

extension RecordError {
    /// Collects what a broken record still says of itself.
    static func kinesis(_ error: JSONError, _ code: Code, index: Int, json: [UInt8]) -> RecordError {
        let eventID = LenientLookup.string(at: ["eventID"], in: json)
        var sequenceNumber = LenientLookup.string(at: ["kinesis", "sequenceNumber"], in: json)
        if sequenceNumber == nil, let colon = eventID?.lastIndex(of: ":") {
            sequenceNumber = eventID.map { String($0[$0.index(after: colon)...]) }
        }
        if sequenceNumber?.isEmpty == true { sequenceNumber = nil }
        return RecordError(
            code,
            "\(error)",
            index: index,
            itemIdentifier: sequenceNumber,
            eventID: eventID,
            sequenceNumber: sequenceNumber,
            json: json
        )
    }
}

/// One record of a Kinesis stream.
///
/// The record keeps the event's bytes, and decodes each field when it is asked for.
package struct KinesisEventRecord: Sendable, CustomStringConvertible {
    /// The record's position in the event, from 0.
    package let index: Int
    private let event: [UInt8]
    private let span: TextSpan
    private let eventIDSpan: TextSpan
    private let sequenceNumberSpan: TextSpan
    private let dataSpan: TextSpan
    private let partitionKeySpan: TextSpan?
    private let arrivalSpan: TextSpan?
    private let eventSourceARNSpan: TextSpan?

    /// `shardId-000000000006:<sequence number>`: the same at every delivery of this record.
    package var eventID: String { self.eventIDSpan.string(in: self.event) }

    /// The place in the shard: about 56 decimal digits, to be compared as numbers and not as text.
    package var sequenceNumber: String { self.sequenceNumberSpan.string(in: self.event) }

    /// What `batchItemFailures` names the record by.
    package var itemIdentifier: String { self.sequenceNumber }

    /// The part of the event id before the last colon; nil where the event id is of another form.
    package var shardID: String? { KinesisEventID.shardID(of: self.eventID) }

    /// Whether the records are certainly of one shard, told without building a string; both are of one event.
    ///
    /// False where one of them is not of the usual form.
    package func isOfSameShard(as other: KinesisEventRecord) -> Bool {
        guard let source = self.eventSourceARNSpan, let otherSource = other.eventSourceARNSpan,
            let shard = self.shardIDSpan, let otherShard = other.shardIDSpan
        else { return false }
        return source.hasBytes(of: otherSource, in: self.event) && shard.hasBytes(of: otherShard, in: self.event)
    }

    /// `shardID` where the event's bytes are its value.
    private var shardIDSpan: TextSpan? {
        // The event id ends in the sequence number, a colon before it.
        let count = self.eventIDSpan.range.count - self.sequenceNumberSpan.range.count - 1
        guard count > 0, !self.eventIDSpan.hasEscapes, !self.sequenceNumberSpan.hasEscapes else { return nil }
        let shard = TextSpan(start: self.eventIDSpan.range.lowerBound, count: count)
        guard self.event[shard.range.upperBound] == UInt8(ascii: ":") else { return nil }
        let number = TextSpan(start: shard.range.upperBound + 1, count: self.sequenceNumberSpan.range.count)
        return number.hasBytes(of: self.sequenceNumberSpan, in: self.event) ? shard : nil
    }

    /// How many bytes the event id has in the event.
    package var eventIDLength: Int { self.eventIDSpan.range.count }

    /// What the producer chose the shard by; nil if the event does not say.
    package var partitionKey: String? { self.partitionKeySpan?.string(in: self.event) }

    /// When the stream received the record; nil if the event does not say, or says a time before 2000, which is that of
    /// a clock that was never set.
    ///
    /// Lambda writes seconds since 1970; other deliverers write milliseconds.
    package var approximateArrivalTimestamp: UTCInstant? {
        guard let arrivalSpan, let arrival = UTCInstant(secondsOrLessSince1970: self.event[arrivalSpan.range]),
            arrival >= Self.earliestArrival
        else { return nil }
        return arrival
    }

    /// 2000-01-01.
    private static let earliestArrival = UTCInstant(secondsSince1970: 946_684_800)

    /// The stream, or its enhanced fan-out consumer.
    package var eventSourceARN: String? { self.eventSourceARNSpan?.string(in: self.event) }

    /// The stream's name, out of `arn:aws:kinesis:eu-west-1:123456789012:stream/orders`.
    package var streamName: String? {
        guard let arn = self.eventSourceARN?.utf8 else { return nil }
        let parts = arn.split(separator: UInt8(ascii: ":"), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 6 else { return nil }
        let resource = parts[5].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        guard resource.count >= 2, resource[0].elementsEqual("stream".utf8), !resource[1].isEmpty else { return nil }
        return String(resource[1])
    }

    /// The record's name in a log: without it, printing a record would print the event.
    package var description: String { "Kinesis record \(self.index) (\(self.eventID))" }

    /// The whole record as received: its bytes of the event's JSON.
    package var json: ArraySlice<UInt8> { self.event[self.span.range] }

    /// Replaces the buffer's content by the producer's bytes, so that one buffer serves a whole batch.
    ///
    /// Throws a `RecordError` where the data is not base64. An aggregate of the Kinesis Producer Library is given as it is;
    /// `KinesisAggregate` takes it apart.
    package func decodeData(into buffer: inout [UInt8]) throws(RecordError) {
        let isBase64 =
            if self.dataSpan.hasEscapes {
                // Some JSON writers escape the solidus, which is in base64's alphabet.
                Base64.decode(self.dataSpan.utf8(in: self.event), into: &buffer)
            } else {
                Base64.decode(self.event[self.dataSpan.range], into: &buffer)
            }
        guard isBase64 else { throw self.error(.invalidValue, "kinesis.data is not base64") }
    }

    /// False where the data is certainly no aggregate of the Kinesis Producer Library, told without decoding it.
    package var mayBeAggregate: Bool {
        // Base64 of the first 30 of the 32 bits that an aggregate begins with.
        self.dataSpan.hasEscapes || self.event[self.dataSpan.range].starts(with: "84maw".utf8)
    }

    /// The producer's bytes, in an array of their own.
    package func data() throws(RecordError) -> [UInt8] {
        var buffer: [UInt8] = []
        try self.decodeData(into: &buffer)
        return buffer
    }

    /// A permanent failure of this record, with everything known of it.
    ///
    /// `reason` must not repeat the data.
    package func error(_ code: RecordError.Code, _ reason: String) -> RecordError {
        RecordError(
            code,
            reason,
            index: self.index,
            itemIdentifier: self.itemIdentifier,
            eventID: self.eventID,
            sequenceNumber: self.sequenceNumber,
            json: Array(self.json)
        )
    }
}

extension KinesisEventRecord {
    /// The members of `kinesis`.
    private struct Payload {
        var sequenceNumber: TextSpan?
        var data: TextSpan?
        var partitionKey: TextSpan?
        var arrival: TextSpan?

        init() {}

        init(_ reader: inout JSONReader) throws {
            try reader.readObject { key, reader in
                switch key {
                case "data": self.data = try reader.readSpan()
                case "sequenceNumber": self.sequenceNumber = try reader.readOptionalSpan()
                case "partitionKey": self.partitionKey = try reader.readOptionalSpan()
                case "approximateArrivalTimestamp": self.arrival = TextSpan(try reader.skip())
                default: try reader.skip()
                }
            }
        }
    }

    init(_ reader: inout JSONReader, index: Int, event: [UInt8]) throws {
        var payload: Payload?
        var eventID: TextSpan?
        var eventSourceARN: TextSpan?
        _ = try reader.peek()
        let start = reader.offset
        try reader.readObject { key, reader in
            switch key {
            case "kinesis": payload = try Payload(&reader)
            case "eventID": eventID = try reader.readOptionalSpan()
            case "eventSourceARN": eventSourceARN = try reader.readOptionalSpan()
            case "eventSource":
                let source = try reader.readStringToken()
                guard source == "aws:kinesis" else {
                    throw EventError.wrongSource(expected: .kinesis, found: source.string, index: index)
                }
            default: try reader.skip()
            }
        }
        guard let payload else { throw reader.error(.missingMember, "\"kinesis\" is missing") }
        guard let data = payload.data else { throw reader.error(.missingMember, "\"kinesis.data\" is missing") }
        guard let eventID, eventID.count > 0 else { throw reader.error(.missingMember, "\"eventID\" is missing") }
        guard let sequenceNumber = payload.sequenceNumber ?? Self.sequenceNumber(of: eventID, in: event) else {
            throw reader.error(.missingMember, "\"kinesis.sequenceNumber\" is missing")
        }
        // Kinesis' own pattern is `0|([1-9]\d{0,128})`; local servers write leading zeros, too.
        guard sequenceNumber.count <= SequenceNumber.maximumDigits, sequenceNumber.isDigits(in: event) else {
            throw reader.error(.invalidValue, "\"kinesis.sequenceNumber\" is not a decimal number of 1 to 129 digits")
        }
        self.index = index
        self.event = event
        self.span = TextSpan(start..<reader.offset)
        self.eventIDSpan = eventID
        self.sequenceNumberSpan = sequenceNumber
        self.dataSpan = data
        self.partitionKeySpan = payload.partitionKey
        self.arrivalSpan = payload.arrival
        self.eventSourceARNSpan = eventSourceARN
    }

    /// The event id holds the sequence number a second time.
    private static func sequenceNumber(of eventID: TextSpan, in event: [UInt8]) -> TextSpan? {
        guard let colon = event[eventID.range].lastIndex(of: UInt8(ascii: ":")) else { return nil }
        return TextSpan(colon + 1..<eventID.range.upperBound)
    }
}
