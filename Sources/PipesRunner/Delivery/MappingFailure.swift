internal import JSONText
package import Platform

/// What an event source mapping writes to its on-failure destination, of the shape recorded from AWS.
package struct MappingFailure: Sendable {
    /// The records, and why they were given up on.
    package let batch: UndeliveredBatch
    /// Where the records are in their stream.
    package let info: StreamBatchInfo
    /// The function that failed.
    package let functionARN: String
    /// Of the last invocation; Lambda's own, where it told.
    package let requestID: String
    /// When the runner gave up.
    package let timestamp: UTCInstant

    /// A failure of a mapping's batch.
    package init(
        batch: UndeliveredBatch,
        info: StreamBatchInfo,
        functionARN: String,
        requestID: String,
        timestamp: UTCInstant
    ) {
        self.batch = batch
        self.info = info
        self.functionARN = functionARN
        self.requestID = requestID
        self.timestamp = timestamp
    }

    /// The object that S3 gets: it holds the records, as the event the function would have got.
    package var object: [UInt8] {
        var writer = JSONWriter(reservingCapacity: self.batch.records.reduce(1_000) { $0 + $1.json.count + 1 })
        writer.object {
            $0.key("requestContext")
            $0.object {
                $0.member("requestId", self.requestID)
                $0.member("functionArn", self.functionARN)
                $0.member("condition", self.batch.condition.rawValue)
                $0.key("approximateInvokeCount")
                $0.integer(self.batch.invocations)
            }
            if self.batch.condition != .recordAgeExceeded { self.writeResponse(to: &$0) }
            $0.member("version", "1.0")
            $0.member("timestamp", self.timestamp.iso8601)
            self.info.write(to: &$0)
            $0.key("payload")
            $0.object {
                $0.key("Records")
                $0.array { writer in self.batch.records.forEach { writer.raw($0.json) } }
            }
        }
        return writer.bytes
    }

    private func writeResponse(to writer: inout JSONWriter) {
        writer.key("responseContext")
        writer.object {
            $0.key("statusCode")
            $0.integer(200)
            $0.member("executedVersion", "$LATEST")
            $0.key("functionError")
            if self.batch.isFunctionError { $0.string("Unhandled") } else { $0.null() }
        }
    }

    /// `aws/lambda/<mapping>/<shard>/2025/08/27/2025-08-27T18.08.00-<uuid>`.
    package static func key(mappingID: String, shardID: String, at now: UTCInstant, uuid: String) -> String {
        let time = now.iso8601.prefix(19)
        let day = time.prefix(10)
        return "aws/lambda/\(mappingID)/\(shardID)/\(String(day.map { $0 == "-" ? "/" : $0 }))/"
            + "\(String(time.map { $0 == ":" ? "." : $0 }))-\(uuid)"
    }
}
