internal import AWSClient
internal import AWSOperations
internal import PipesRunner
internal import Platform

/// Delivers what dead-letter messages stand for once more.
struct Redeliverer: Sendable {
    let access: AWSAccess
    let template: Template
    let isDryRun: Bool

    /// A Pipe's own message: the records it points to, to the Pipe's function.
    func redeliver(_ message: SQSMessage, of pipe: PipeDefinition) async throws -> MessageFate {
        guard case .pointer(let range) = DeadLetterMessage(body: message.body) else {
            return .kept("it is not the Pipe's own; --queue takes what functions send")
        }
        guard range.streamARN == pipe.streamARN else {
            return .kept(
                "its stream \(RedriveScope.quote(range.streamARN)) is not the Pipe's any more, so its records are gone"
            )
        }
        let reader = StreamRangeReader(
            client: DynamoDBStreamsClient(session: self.access.session),
            filters: pipe.filters,
            time: self.access.time
        )
        let found: StreamRangeReader.Remainder
        do {
            found = try await reader.records(in: range)
        } catch StreamRangeReader.Failure.gone {
            return .kept(
                "of its batch of \(range.count.counting("record")) the stream, which keeps them for 24 hours, has none any more"
            )
        } catch StreamRangeReader.Failure.malformed {
            return .kept("its sequence numbers are none")
        } catch StreamRangeReader.Failure.incomplete {
            return .kept("the stream did not give its last record \(range.end) now: try again")
        } catch StreamRangeReader.Failure.tooMany {
            return .kept("its range holds more than \(StreamRangeReader.maximumRecords) records, so it is no Pipe's")
        } catch StreamRangeReader.Failure.filteredOut {
            return .kept(
                "of its batch of \(range.count.counting("record")) the Pipe's filters let none through any more"
            )
        }
        let place = "\(found.records.count.counting("record")) of \(range.shardID) from \(range.start) to \(range.end)"
        let verb = self.isDryRun ? "would deliver" : "delivered"
        if !self.isDryRun, let failure = try await self.deliver(found.records, pipe) { return failure }
        guard found.lost > 0 else { return .delivered("\(verb) \(place)") }
        // What is lost has no other trace.
        return .kept(
            "\(verb) \(place); at least \(found.lost) of its batch of \(range.count.counting("record")) left the "
                + "stream before, which keeps them for 24 hours"
        )
    }

    /// In batches of the Pipe, each sent once; gives what becomes of the letter if one was not taken, nil if all were.
    private func deliver(_ records: [PolledRecord], _ pipe: PipeDefinition) async throws -> MessageFate? {
        let target = self.target(pipe.functionARN)
        let now = self.access.loop.now
        var batcher = Batcher(limits: pipe.settings.limits)
        batcher.add(records, at: now)
        while let batch = batcher.take(at: now, isLast: true) {
            let payload = "[" + batch.map { String(decoding: $0.json, as: UTF8.self) }.joined(separator: ",") + "]"
            let outcome = await target.invoke(payload: Array(payload.utf8))
            if let failure = try Self.failure(outcome, identifiers: batch.map(\.identifier)) { return failure }
        }
        return nil
    }

    /// A function's message: its record, to that function.
    ///
    /// `room` is that of the counters, where the function is the one that counts.
    func redeliver(_ message: SQSMessage, in scope: RedriveScope, room: RedriveRoom?) async throws -> MessageFate {
        let letter: DeadLetterMessage.FunctionLetter
        switch DeadLetterMessage(body: message.body) {
        case .letter(let found): letter = found
        case .pointer: return .kept("no function sent it; --pipe takes what a Pipe sends")
        case .unknown(let reason): return .kept(reason)
        }
        let function: RedriveScope.Function
        let record: [UInt8]
        do throws(RedriveScope.Refusal) {
            function = try scope.function(for: letter)
        } catch {
            return .kept(error.reason)
        }
        switch letter.record {
        case .bytes(let bytes): record = bytes
        case .object(let bucket, let key):
            switch try await self.read(bucket: bucket, key: key) {
            case .success(let bytes): record = bytes
            case .failure(let refusal):
                let place = TerminalText.escaped("s3://\(bucket)/\(key)")
                return .kept("its record \(place) \(refusal.reason)")
            }
        }
        do throws(RedriveScope.Refusal) {
            try scope.check(recordBytes: record.count)
        } catch {
            return .kept(error.reason)
        }
        let sent = message.attributes["SentTimestamp"].flatMap(Int64.init)
        let instant = sent.map { UTCInstant(millisecondsSince1970: $0) }
        if let reason = try await room?.take(letter, record, sent: instant) { return .kept(reason) }
        let place = "\(record.count) bytes (\(RedriveScope.quote(letter.reason))) to \(letter.function)"
        if self.isDryRun { return .delivered("would deliver \(place)") }
        let event = letter.event(record: record, sentMilliseconds: sent)
        // The one record's identifier depends on the function's trigger; any failure reported is its failure.
        if let failure = try await self.invoke(function, event) { return failure }
        return .delivered("delivered \(place)")
    }

    /// An object's bytes, or why there are none; no more of them than the client reads into memory.
    private func read(bucket: String, key: String) async throws -> Result<[UInt8], RedriveScope.Refusal> {
        do {
            let client = S3Client(session: self.access.session)
            return .success(try await client.getObject(bucket: bucket, key: key, deadline: self.access.deadline).body)
        } catch {
            switch error.code {
            case .noSuchKey: return .failure(RedriveScope.Refusal(reason: "is gone"))
            case .responseTooLarge: return .failure(RedriveScope.Refusal(reason: "is larger than any record"))
            // What S3 refuses of one letter, such as an object that is gone to who may not list the bucket, is no reason to
            // leave the others.
            default:
                guard error.isRefusalOfThis else { throw error }
                return .failure(RedriveScope.Refusal(reason: "cannot be read: \(error)"))
            }
        }
    }

    /// What becomes of the letter if the function did not take the event; nil if it did.
    private func invoke(_ function: RedriveScope.Function, _ event: [UInt8]) async throws -> MessageFate? {
        let outcome = await self.target(function.arn).invoke(payload: event)
        guard case .answered(let payload) = outcome else {
            return try Self.failure(outcome, identifiers: []) ?? .kept("it failed")
        }
        guard case .success = BatchAnswer(payload: payload, identifiers: []) else {
            return .kept("the function reported it as failed")
        }
        return nil
    }

    private func target(_ functionARN: String) -> LambdaTarget {
        LambdaTarget(
            client: LambdaClient(session: self.access.session),
            functionName: functionARN,
            timeout: LambdaTarget.pipeTimeout,
            time: self.access.time
        )
    }

    /// What becomes of a letter whose batch is not delivered; nil if it is.
    ///
    /// Throws where no other letter can be delivered either.
    private static func failure(_ outcome: TargetOutcome, identifiers: [String]) throws -> MessageFate? {
        switch outcome {
        case .failed(let reason) where !reason.isWithoutAnswer: return .kept(reason.description)
        case .failed(let reason), .refused(let reason): return .unreached(reason.description)
        case .unusable(let reason): throw ToolError.failed(reason)
        case .answered(let payload):
            switch BatchAnswer(payload: payload, identifiers: identifiers) {
            case .success: return nil
            case .partialFailure(let failed):
                return .kept("the function reported \(failed.count.counting("record")) as failed")
            case .failure(let reason): return .kept(reason)
            }
        }
    }
}
