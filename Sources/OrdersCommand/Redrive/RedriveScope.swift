internal import JSONText
package import PipesRunner

/// What a redrive of one queue may read and invoke.
///
/// It comes from the template and the stack alone: whoever may write to a dead-letter queue or a bucket must not choose
/// by that what the person who redrives reads, invokes or deletes.
package struct RedriveScope: Sendable, Equatable {
    /// A function whose failures are delivered again.
    package struct Function: Sendable, Equatable {
        /// The function's ARN.
        package let arn: String
        /// Where its large letters are; nil: it has none.
        package let letterBucket: String?
        /// The Kinesis stream it reads; nil: its letters are not of Kinesis.
        package let streamARN: String?
    }

    /// Why a message stays where it is.
    package struct Refusal: Error, Sendable, Equatable {
        /// What is wrong, for the person who redrives.
        package let reason: String
    }

    /// By logical id, the name that functions call themselves in letters.
    package let functions: [String: Function]

    /// Where functions put letters that are too large for a message.
    private static let letterPrefix = "dead-letters/"
    /// Bytes of a name in a letter: AWS's own are shorter.
    private static let maximumName = 256
    /// Bytes of a record: Lambda takes an event of 6 MiB, in which a record of Kinesis is written in base64.
    private static let maximumRecord = 6 * 1_024 * 1_024

    /// The functions that send their letters to this queue.
    package init(lettersOf queueURL: String, in template: Template) throws {
        var functions: [String: Function] = [:]
        let mappings = try MappingDefinition.all(in: template)
        for (logicalID, _) in try template.resources(ofType: "AWS::Lambda::Function") {
            let variables = try FunctionConfiguration(logicalID: logicalID, in: template).variables
            guard variables["DEAD_LETTER_QUEUE_URL"] == queueURL,
                let arn = template.stack.attribute("Arn", of: logicalID)
            else { continue }
            functions[logicalID] = Function(
                arn: arn,
                letterBucket: variables["ARCHIVE_BUCKET"],
                streamARN: mappings.first { $0.functionARN == arn }?.streamARN
            )
        }
        self.functions = functions
    }

    /// The function that a letter goes back to.
    package func function(for letter: DeadLetterMessage.FunctionLetter) throws(Refusal) -> Function {
        guard let function = self.functions[letter.function] else {
            throw Refusal(
                reason: "it says that it is of \(Self.quote(letter.function)), which does not send to this queue"
            )
        }
        if case .object(let bucket, let key) = letter.record {
            guard bucket == function.letterBucket, Self.isLetterKey(key) else {
                throw Refusal(
                    reason: "it points to \(Self.quote(key)) in \(Self.quote(bucket)), not below "
                        + "\(Self.letterPrefix) of the stack's bucket"
                )
            }
        }
        switch (letter.shardID, function.streamARN) {
        case (nil, nil): break
        case (let shardID?, let stream?):
            guard letter.source == stream else {
                throw Refusal(reason: "its source \(Self.quote(letter.source)) is not the stream of its function")
            }
            guard Self.isName(shardID), letter.sequenceNumber.map(Self.isSequenceNumber) == true else {
                throw Refusal(reason: "its shard or its sequence number is none")
            }
        case (.some, nil), (nil, .some):
            throw Refusal(reason: "its function gets records of another kind")
        }
        return function
    }

    /// Throws where Lambda would not take it.
    package func check(recordBytes: Int) throws(Refusal) {
        guard recordBytes <= Self.maximumRecord else {
            throw Refusal(reason: "its record has \(recordBytes) bytes, more than Lambda takes")
        }
    }

    /// Below the prefix, and without the steps that some servers resolve: `dead-letters/../orders/…`.
    private static func isLetterKey(_ key: String) -> Bool {
        key.hasPrefix(self.letterPrefix) && key.utf8.count <= 1_024
            && key.split(separator: "/", omittingEmptySubsequences: false)
                .allSatisfy { !["", ".", ".."].contains($0) }
    }

    /// What Kinesis allows in a shard's id.
    private static func isName(_ text: String) -> Bool {
        (1...self.maximumName).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch UInt8(ascii: " ") < byte && byte < 0x7F ? Character(UnicodeScalar(byte)) : " " {
                case "a"..."z", "A"..."Z", "0"..."9", "_", ".", "-": true
                default: false
                }
            }
    }

    /// Digits, and behind a colon those of a record within an aggregated one.
    private static func isSequenceNumber(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        return (1...2).contains(parts.count)
            && parts.allSatisfy { part in
                (1...128).contains(part.utf8.count)
                    && part.utf8.allSatisfy { $0.isASCIIDigit }
            }
    }

    /// A foreign text for a message on a terminal: short, and without anything that a terminal would obey.
    package static func quote(_ text: String) -> String {
        let shown = text.unicodeScalars.prefix(80).map { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .privateUse, .unassigned: "?"
            default: String(scalar)
            }
        }
        return "\"" + shown.joined() + (text.unicodeScalars.count > 80 ? "…" : "") + "\""
    }
}
