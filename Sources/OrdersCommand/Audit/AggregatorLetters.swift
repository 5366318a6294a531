internal import AWSClient
internal import AWSOperations
package import ArchiveAccounts
internal import LambdaEvents
internal import OrderFunctions
package import Orders
package import PipesRunner
package import Platform

/// The dead letters of the aggregator, by the rows that their records are about.
struct AggregatorLetters: Sendable {
    /// What the queue has.
    struct Contents: Sendable {
        var ofRows: [CounterKey: LetterCount] = [:]
        /// Whether there may be more than were looked at: too many, or hidden by who is redriving them.
        var mayHaveOthers = false
        /// Why the records of some are not known, a text for each.
        var unreadable: [String] = []
    }

    let access: AWSAccess
    let resources: StackResources
    let decoder: OrderRecordDecoder
    /// How old a record may be that is redriven.
    let age: RedriveAge

    /// Messages that are looked at, ten in a request.
    private static let limit = 1_000

    /// Reads the queue, whose messages stay in it; for a repair as far as can be told all of it.
    func read(isForRepair: Bool) async throws -> Contents {
        var contents = Contents()
        guard let queue = self.resources.deadLetterQueues.first(where: { $0.name == "AnalyticsDLQ" }) else {
            return contents
        }
        let reader = QueueReader(access: self.access)
        // What the look itself hides comes after it. SQS may still count as hidden what a look before has let go, so that
        // only the sum says whether all were seen.
        let depth = isForRepair ? try await reader.depth(of: queue.url) : nil
        let found = try await reader.peek(queue.url, limit: Self.limit, waitTimeSeconds: isForRepair ? 1 : 0)
        contents.mayHaveOthers = found.isCutOff
        if let depth {
            let all = depth.visible + depth.inFlight + depth.delayed
            contents.mayHaveOthers = found.isCutOff || found.messages.count < all
        }
        for message in found.messages {
            guard case .letter(let letter) = DeadLetterMessage(body: message.body) else { continue }
            guard let record = try await self.record(of: letter, &contents) else { continue }
            // What stands in a redrive for an arrival that the letter does not tell.
            let sent = message.attributes["SentTimestamp"].flatMap(Int64.init).map {
                UTCInstant(millisecondsSince1970: $0)
            }
            for (row, count) in letter.rows(record, sent: sent, self.decoder, self.age, now: self.access.time.now) {
                contents.ofRows[row, default: .none].add(count)
            }
        }
        return contents
    }

    /// The letter's record; nil where its object is gone, or cannot be looked at, so that nobody knows what is in it.
    private func record(
        of letter: DeadLetterMessage.FunctionLetter,
        _ contents: inout Contents
    ) async throws -> [UInt8]? {
        switch letter.record {
        case .bytes(let bytes): return bytes
        case .object(let bucket, let key):
            do {
                let client = S3Client(session: self.access.session)
                return try await client.getObject(bucket: bucket, key: key, deadline: self.access.deadline).body
            } catch {
                if error.code == .noSuchKey || error.code == .responseTooLarge { return nil }
                guard error.isRefusalOfThis else { throw error }
                contents.unreadable.append("s3://\(bucket)/\(key): \(error)")
                return nil
            }
        }
    }
}

extension DeadLetterMessage.FunctionLetter {
    /// Why a redrive leaves the letter, since its record is too old; nil where it does not.
    ///
    /// A letter without its record's arrival was sent when the record was first refused, 14 days ago at most.
    package func refusal(_ age: RedriveAge, now: UTCInstant) -> String? {
        self.arrival.flatMap { age.refusal(arrival: $0, now: now) }
    }

    /// The rows that the letter is about, and whether a redrive would add to them by the rules of the decoder.
    package func rows(
        _ record: [UInt8],
        sent: UTCInstant?,
        _ decoder: OrderRecordDecoder,
        _ age: RedriveAge,
        now: UTCInstant
    ) -> [CounterKey: LetterCount] {
        // Of what a redrive leaves only the archive can be counted; another order under a used id stays one as long as
        // its letter lives.
        let isLeft = self.reason == EventDigest.conflict || self.refusal(age, now: now) != nil
        let place = "\(self.shardID ?? ""):\(self.sequenceNumber ?? "")"
        let arrival = (self.arrival ?? sent).map { Timestamp($0) }
        // The letter of an aggregate that no process could read has all of its records.
        let parts = KinesisAggregate.isAggregate(record) ? (try? KinesisAggregate(record))?.records : nil
        var rows: [CounterKey: LetterCount] = [:]
        func add(_ data: [UInt8], eventID: String) {
            let text = Gzip.isGzip(data) ? (try? Gzip.decompress(data)) ?? data : data
            switch decoder.decode(text, eventID: eventID, arrival: arrival) {
            case .order(let order):
                let count = LetterCount(all: 1, countable: isLeft ? 0 : 1)
                for row in order.counterRows { rows[row.key.asRead] = count }
            case .invalid(let invalid):
                for row in invalid.counterRows where rows[row.key] == nil {
                    rows[row.key] = LetterCount(all: 1, countable: 0)
                }
            case .otherType: break
            }
        }
        guard let parts else {
            add(record, eventID: place)
            return rows
        }
        for part in parts { add(Array(part.data), eventID: "\(place):\(part.subSequenceNumber)") }
        return rows
    }
}
