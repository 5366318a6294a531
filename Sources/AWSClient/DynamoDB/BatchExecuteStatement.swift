internal import JSONText

/// `BatchExecuteStatement`: statements of PartiQL, up to 25 in a request, that succeed and fail one by one.
enum StatementBatch {
    /// How many statements a request has at most; together they have at most 16 MB.
    static let maximumStatements = 25
    static let operation = "DynamoDB.BatchExecuteStatement"

    /// The members of a statement's object up to its parameters, for many statements of one text.
    static func head(_ statement: [UInt8]) -> [UInt8] {
        var head = Array("\"Statement\":".utf8)
        JSONWriter.appendQuoted(String(decoding: statement, as: UTF8.self), to: &head)
        head += ",\"Parameters\":".utf8
        return head
    }

    /// Appends a name, the quotation marks in it doubled as PartiQL wants them.
    static func append(_ name: String, doubling mark: UInt8, to statement: inout [UInt8]) {
        guard name.hasByte(mark) else { return statement += name.utf8 }
        for byte in name.utf8 {
            statement.append(byte)
            if byte == mark { statement.append(byte) }
        }
    }
}

extension DynamoDBClient {
    /// Has `count` statements executed, and gives for each the error that it was refused with, or nil.
    ///
    /// Those that fail for a passing reason are sent again. `mayHaveBeenApplied` of a refusal says that an earlier attempt of
    /// that very statement may have taken effect.
    func execute(
        _ count: Int,
        until limit: CallLimit,
        writeStatement: (_ place: Int, inout JSONWriter) -> Void
    ) async -> [AWSError?] {
        var outcomes: [AWSError?] = Array(repeating: nil, count: count)
        var mayHaveBeenApplied = Array(repeating: false, count: count)
        var pending = Array(0..<count)
        var rounds = self.session.attempts(of: StatementBatch.operation, until: limit)
        while !pending.isEmpty {
            var attempts = self.session.attempts(of: StatementBatch.operation, until: limit)
            do {
                let answers = try await self.session.call(
                    .dynamoDB,
                    "BatchExecuteStatement",
                    attempts: &attempts,
                    write: { writer in
                        writer.key("Statements")
                        writer.array { writer in
                            for place in pending { writer.object { writeStatement(place, &$0) } }
                        }
                    },
                    read: { try StatementBatch.readOutcomes(&$0, count: pending.count) }
                )
                for (place, answer) in zip(pending, answers) {
                    let earlier = mayHaveBeenApplied[place] || attempts.mayHaveBeenApplied
                    outcomes[place] = answer?.havingMaybeBeenApplied(earlier)
                    mayHaveBeenApplied[place] = outcomes[place]?.mayHaveBeenApplied ?? false
                }
            } catch {
                for place in pending { outcomes[place] = error.havingMaybeBeenApplied(mayHaveBeenApplied[place]) }
                return outcomes
            }
            pending = pending.filter { outcomes[$0]?.isRetryable == true }
            guard let error = pending.lazy.compactMap({ outcomes[$0] }).first else { break }
            // Where there is no time for another round, each has the error that it was refused with.
            do { try await rounds.wait(after: AttemptFailure(error)) } catch { return outcomes }
        }
        rounds.endedWell()
        return outcomes
    }
}

extension StatementBatch {
    /// Reads what became of each statement; one that the answer says nothing of may have happened.
    fileprivate static func readOutcomes(_ reader: inout JSONReader, count: Int) throws -> [AWSError?] {
        var outcomes: [AWSError?] = []
        _ = try reader.readRequiredMember("Responses") { reader in
            try reader.readArray { _, reader in
                outcomes.append(try reader.readMember("Error") { try Self.readError(&$0) } ?? nil)
            }
        }
        guard outcomes.count == count else {
            throw reader.error(.invalidValue, "an answer to \(count) statements has \(outcomes.count)")
        }
        return outcomes
    }

    private static func readError(_ reader: inout JSONReader) throws -> AWSError? {
        if try reader.readNull() { return nil }
        var (code, message) = ("", "")
        var item: AttributeMap?
        try reader.readObject { name, reader in
            switch name {
            case "Code": code = try reader.readString()
            case "Message": message = try reader.readOptionalString() ?? ""
            case "Item": item = try AttributeValue.readItem(&reader)
            default: try reader.skip()
            }
        }
        return AWSError(
            code: Self.codes[code] ?? AWSError.Code(rawValue: code),
            message: message,
            operation: Self.operation,
            mayHaveBeenApplied: code == "InternalServerError",
            item: item
        )
    }

    /// The codes of statements that differ from the names of the errors that they are ("BatchStatementError").
    private static let codes: [String: AWSError.Code] = [
        "ConditionalCheckFailed": .conditionalCheckFailed, "ValidationError": .validation,
        "ItemCollectionSizeLimitExceeded": .itemCollectionSizeLimitExceeded, "ResourceNotFound": .resourceNotFound,
        "AccessDenied": .accessDenied, "TransactionConflict": .transactionConflict,
    ]
}
