import JSONText

/// Why a whole event was refused: no record of it can be told apart, so the invocation has to fail.
package struct EventError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
        /// The bytes are not one JSON text.
        case malformed
        /// The text is too long or nested too deep.
        case tooLarge
        /// JSON, but not the envelope of this event source.
        case notAnEnvelope
        /// The records are those of another event source: the function is wired to the wrong one.
        case wrongSource
        /// A record failed and has no id to report it by, so that only failing the batch brings it again.
        case unreportable
    }

    /// What kind of fault it is.
    package let code: Code
    /// What is wrong, where, and what to do about it.
    ///
    /// The message holds nothing of the event's values.
    package let message: String

    /// The message, for a log.
    package var description: String { self.message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// The reader's complaint about the event; `source` is what its users call it: "Kinesis", "SQS", "DynamoDB stream".
    init(_ error: JSONError, source: String) {
        switch error.code {
        case .malformed:
            self.init(.malformed, "the event is not JSON: \(error)")
        case .tooLarge:
            self.init(.tooLarge, "the event is too large: \(error)")
        case .wrongType, .invalidValue, .missingMember:
            self.init(
                .notAnEnvelope,
                "not a \(source) event: \(error); check what invokes this function"
            )
        }
    }

    /// A record of another event source; `found` is what the record says, which is repeated only where it is a known source.
    static func wrongSource(expected: EventSource, found: String, index: Int) -> EventError {
        let source = EventSource(rawValue: found)
        let advice =
            switch (source, expected) {
            case (.sns, .sqs):
                "subscribe the function's queue to the topic instead of the function, and the queue brings them"
            default: "check which event source invokes this function"
            }
        let found = source.map { "comes from \($0.name), not from" } ?? "does not come from"
        return EventError(.wrongSource, "record \(index) \(found) \(expected.name); \(advice)")
    }
}

/// A service that Lambda is wired to, by what its records call it.
enum EventSource: String {
    case kinesis = "aws:kinesis"
    case sqs = "aws:sqs"
    case dynamoDB = "aws:dynamodb"
    case sns = "aws:sns"
    case s3 = "aws:s3"

    /// What the source's users call it.
    var name: String {
        switch self {
        case .kinesis: "Kinesis"
        case .sqs: "SQS"
        case .dynamoDB: "a DynamoDB stream"
        case .sns: "SNS"
        case .s3: "S3"
        }
    }

    /// The name of an event of the source, as it stands behind an article.
    var eventName: String {
        switch self {
        case .dynamoDB: "DynamoDB stream"
        case .kinesis, .sqs, .sns, .s3: self.name
        }
    }

    /// Throws where a record that cannot be read says that it comes from elsewhere, whatever the order of its members is.
    ///
    /// SNS writes the member with a capital.
    func check(_ record: some Collection<UInt8>, index: Int) throws {
        guard
            let source = LenientLookup.string(at: ["eventSource"], in: record)
                ?? LenientLookup.string(at: ["EventSource"], in: record),
            source != self.rawValue
        else { return }
        throw EventError.wrongSource(expected: self, found: source, index: index)
    }
}
