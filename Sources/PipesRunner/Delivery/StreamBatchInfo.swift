internal import JSONText
internal import Platform

/// Where undelivered records are in their stream: what AWS writes into a dead-letter message instead of the records.
package struct StreamBatchInfo: Sendable, Equatable {
    /// Which service's stream: names the member of the message.
    package enum Source: String, Sendable {
        case dynamoDB = "DDBStreamBatchInfo"
        case kinesis = "KinesisBatchInfo"
    }

    /// Which service's stream it is.
    package let source: Source
    /// The stream.
    package let streamARN: String
    /// The shard that the records are in.
    package let shardID: String
    /// The sequence number of the first record.
    package let startSequenceNumber: String
    /// The sequence number of the last record.
    package let endSequenceNumber: String
    /// Records given up on.
    ///
    /// The range may hold others in between, which were delivered or filtered out.
    package let batchSize: Int
    /// As ISO 8601; nil where the stream tells no time.
    package let firstArrival: String?
    /// When the last record reached the stream, as ISO 8601; nil where the stream tells no time.
    package let lastArrival: String?

    /// The place of a batch in the shard of a stream.
    package init(_ batch: UndeliveredBatch, source: Source, streamARN: String, shardID: String) {
        self.source = source
        self.streamARN = streamARN
        self.shardID = shardID
        self.startSequenceNumber = batch.records.first?.sequenceNumber ?? ""
        self.endSequenceNumber = batch.records.last?.sequenceNumber ?? ""
        self.batchSize = batch.records.count
        self.firstArrival = batch.records.first?.arrival?.iso8601
        self.lastArrival = batch.records.last?.arrival?.iso8601
    }

    /// Writes `"DDBStreamBatchInfo":{…}` as the next member of an object.
    func write(to writer: inout JSONWriter) {
        writer.key(self.source.rawValue)
        writer.object {
            $0.member("shardId", self.shardID)
            $0.member("startSequenceNumber", self.startSequenceNumber)
            $0.member("endSequenceNumber", self.endSequenceNumber)
            if let firstArrival { $0.member("approximateArrivalOfFirstRecord", firstArrival) }
            if let lastArrival { $0.member("approximateArrivalOfLastRecord", lastArrival) }
            $0.key("batchSize")
            $0.integer(self.batchSize)
            $0.member("streamArn", self.streamARN)
        }
    }
}
