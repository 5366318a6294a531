internal import AWSClient
package import AWSOperations
package import EventPatterns
internal import JSONText
package import Platform

/// A Kinesis stream as an event source mapping reads it.
package struct KinesisStreamSource: StreamReader {
    /// Records of a page, unless they are too large for one.
    ///
    /// Kinesis gives up to 10,000 of them and 10 MB, which in base64 and with long partition keys would be more than the
    /// 16 MiB that an answer may have. The local AWS knows no limit of bytes.
    private static let pageSize = 5_000

    private let client: any KinesisReading
    private let streamARN: String
    private let roleARN: String
    private let filters: FilterCriteria
    private let time: any TimeSource

    /// `roleARN` is the function's: records carry it as `invokeIdentityArn`.
    package init(
        client: any KinesisReading,
        streamARN: String,
        roleARN: String,
        filters: FilterCriteria,
        time: any TimeSource
    ) {
        self.client = client
        self.streamARN = streamARN
        self.roleARN = roleARN
        self.filters = filters
        self.time = time
    }

    /// All shards that the stream has, closed ones included.
    package func shards() async throws -> [ShardDescription] {
        do {
            return try await self.client.listShards(streamName: self.streamName, deadline: self.deadline)
                .map(ShardDescription.init)
        } catch {
            throw StreamReaderError.classify(error, stream: self.streamARN)
        }
    }

    /// An iterator of the API for that position.
    package func iterator(shardID: String, position: ShardPosition) async throws -> String {
        do {
            return try await self.client.getShardIterator(
                streamName: self.streamName,
                shardID: shardID,
                position: ShardIteratorPosition(position),
                deadline: self.deadline
            )
        } catch {
            throw StreamReaderError.classify(error, ofShardOf: self.streamARN)
        }
    }

    /// The next records that pass the filters.
    package func records(shardID: String, iterator: String) async throws -> StreamPage {
        let (page, limit) = try await self.page(iterator)
        return StreamPage(
            records: page.records.filter(self.isAdmitted).map { self.record($0, shardID: shardID) },
            readCount: page.records.count,
            lastSequenceNumber: page.records.last?.sequenceNumber,
            nextIterator: page.nextShardIterator,
            isLatest: page.millisBehindLatest.map { $0 == 0 },
            isFull: page.records.count >= limit
        )
    }

    /// A page, and how many records it could have.
    ///
    /// Asks for half as many after each answer that is too large to be read, down to one.
    private func page(_ iterator: String) async throws -> (KinesisRecordsPage, limit: Int) {
        var limit = Self.pageSize
        while true {
            do {
                let page = try await self.client.getRecords(
                    shardIterator: iterator,
                    limit: limit,
                    deadline: self.deadline
                )
                return (page, limit)
            } catch {
                guard error.code == .responseTooLarge, limit > 1 else {
                    throw StreamReaderError.classify(error, ofShardOf: self.streamARN)
                }
                limit /= 2
            }
        }
    }

    private func isAdmitted(_ source: KinesisRecord) -> Bool {
        if self.filters.patterns.isEmpty { return true }
        return Self.filterInput(source.data).map { self.filters.admits($0) } ?? false
    }

    /// What filters see of a record: the producer's bytes as JSON; nil for what is none, which passes no filter.
    static func filterInput(_ data: [UInt8]) -> JSONValue? {
        let limits = JSONLimits(bytes: data.count + 1)
        guard let value = try? JSONValue(parsing: data, limits: limits) else { return nil }
        return .object(JSONObject([JSONObject.Member(name: "data", value: value)]))
    }

    private func record(_ source: KinesisRecord, shardID: String) -> PolledRecord {
        var writer = JSONWriter(reservingCapacity: source.data.count * 4 / 3 + 600)
        writer.object {
            $0.key("kinesis")
            $0.object {
                $0.member("kinesisSchemaVersion", "1.0")
                $0.member("partitionKey", source.partitionKey)
                $0.member("sequenceNumber", source.sequenceNumber)
                $0.member("data", Base64.encode(source.data))
                $0.key("approximateArrivalTimestamp")
                $0.raw(source.approximateArrivalTimestamp.utf8)
            }
            $0.member("eventSource", "aws:kinesis")
            $0.member("eventVersion", "1.0")
            $0.member("eventID", "\(shardID):\(source.sequenceNumber)")
            $0.member("eventName", "aws:kinesis:record")
            $0.member("invokeIdentityArn", self.roleARN)
            $0.member("awsRegion", self.part(3))
            $0.member("eventSourceARN", self.streamARN)
        }
        return PolledRecord(
            identifier: source.sequenceNumber,
            sequenceNumber: source.sequenceNumber,
            arrival: UTCInstant(secondsSince1970: source.approximateArrivalTimestamp),
            orderingKey: source.partitionKey,
            json: writer.bytes
        )
    }

    private var streamName: String { String(self.part(5).split(separator: "/").last ?? "") }

    private func part(_ index: Int) -> String {
        let parts = self.streamARN.split(separator: ":", omittingEmptySubsequences: false)
        return index < parts.count ? String(parts[index]) : ""
    }

    private var deadline: UTCInstant { self.time.now + .seconds(30) }
}

extension ShardIteratorPosition {
    fileprivate init(_ position: ShardPosition) {
        switch position {
        case .trimHorizon: self = .trimHorizon
        case .latest: self = .latest
        case .since(let instant): self = .atTimestamp(instant.secondsSince1970)
        case .after(let sequenceNumber): self = .afterSequenceNumber(sequenceNumber)
        }
    }
}
