import JSONText

/// What the three event sources share: records that fail alone, in an envelope that fails as a whole.
enum RecordEnvelope {
    /// `{"Records":[…]}`, where a repeated `Records` replaces the one before it.
    static func read<Record>(
        _ event: [UInt8],
        limits: JSONLimits,
        source: EventSource,
        record: (Int, inout JSONReader) throws -> Record,
        failure: (JSONError, RecordError.Code, Int, Range<Int>) -> RecordError
    ) throws(EventError) -> [Result<Record, RecordError>] {
        try self.readText(event, limits: limits, source: source.eventName) { reader in
            var records: [Result<Record, RecordError>]?
            try reader.readObject { key, reader in
                switch key {
                case "Records":
                    records = try self.readRecords(
                        &reader,
                        source: source,
                        place: ".Records",
                        record: record,
                        failure: failure
                    )
                default: try reader.skip()
                }
            }
            guard let records else { throw reader.error(.missingMember, "there is no array \"Records\"") }
            return records
        }
    }

    /// Runs `body` on the event, with every error of the text turned into one of the event.
    static func readText<Value>(
        _ event: [UInt8],
        limits: JSONLimits,
        source: String,
        _ body: (inout JSONReader) throws -> Value
    ) throws(EventError) -> Value {
        do {
            return try JSONReader.read(event, limits: limits, body)
        } catch let error as EventError {
            throw error
        } catch let error as JSONError {
            throw EventError(error, source: source)
        } catch {
            throw EventError(.malformed, "the event could not be read: \(type(of: error))")
        }
    }

    /// The array's elements; `place` is the array's path.
    ///
    /// One that is JSON but no record becomes a failure, and reading goes on behind it.
    static func readRecords<Record>(
        _ reader: inout JSONReader,
        source: EventSource,
        place: String,
        record: (Int, inout JSONReader) throws -> Record,
        failure: (JSONError, RecordError.Code, Int, Range<Int>) -> RecordError
    ) throws -> [Result<Record, RecordError>] {
        var records: [Result<Record, RecordError>] = []
        try reader.readArray { index, reader in
            let result = try self.readRecord(
                &reader,
                source: source,
                index: index,
                place: { "\(place)[\(index)]" },
                record: record,
                failure: failure
            )
            records.append(result)
        }
        return records
    }

    /// One record, in one pass as long as it is what it should be.
    static func readRecord<Record>(
        _ reader: inout JSONReader,
        source: EventSource,
        index: Int,
        place: () -> String,
        record: (Int, inout JSONReader) throws -> Record,
        failure: (JSONError, RecordError.Code, Int, Range<Int>) -> RecordError
    ) throws -> Result<Record, RecordError> {
        let start = reader.position
        do {
            return .success(try record(index, &reader))
        } catch let error as JSONError {
            guard let code = RecordError.Code(error.code) else { throw error }
            reader.rewind(to: start)
            let range = try reader.skip()
            // What is no record of this source may be one of another, which the whole event then is of.
            try source.check(reader.slice(range), index: index)
            return .failure(failure(error.inside(place()), code, index, range))
        }
    }
}
