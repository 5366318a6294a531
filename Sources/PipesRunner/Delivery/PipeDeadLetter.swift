internal import JSONText
package import Platform

/// The message a Pipe sends to its dead-letter queue, of the shape recorded from real Pipes.
package enum PipeDeadLetter {
    /// One JSON object.
    ///
    /// It points to the records and does not hold them.
    package static func message(
        _ batch: UndeliveredBatch,
        info: StreamBatchInfo,
        pipeARN: String,
        at now: UTCInstant
    ) -> String {
        var writer = JSONWriter()
        writer.object {
            $0.key("context")
            $0.object {
                $0.member("partnerResourceArn", pipeARN)
                $0.member("condition", batch.condition.rawValue)
            }
            $0.member("version", "1.0")
            $0.member("timestamp", now.iso8601)
            info.write(to: &$0)
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
