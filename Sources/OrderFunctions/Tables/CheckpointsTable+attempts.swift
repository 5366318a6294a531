internal import AWSClient
internal import Platform

extension CheckpointsTable {
    private static let attemptsSuffix = "#attempts"

    /// What processes have tried of a shard; nil where nothing is noted, or by another version.
    func readAttempts(
        stream: String,
        shardID: String,
        until deadline: WorkDeadline
    ) async throws(AWSError) -> BatchAttempt.Note? {
        let key = self.key(stream: stream, shardID: shardID) + Self.attemptsSuffix
        let input = GetItemInput(tableName: self.name, key: ["checkpoint": .s(key)], consistentRead: true)
        guard let item = try await self.services.dynamoDB(until: deadline).getItem(input),
            item[StoredFormat.attribute] == .n(String(Self.format)), let first = item["firstSequenceNumber"]?.string,
            let count = item["attempts"]?.number.flatMap({ Int($0) })
        else { return nil }
        var note = BatchAttempt.Note(first: first, count: count)
        note.decoding = item["decoding"]?.string
        note.deaths = item["deaths"]?.number.flatMap { Int($0) } ?? 0
        if case .ss(let condemned)? = item["condemned"] { note.condemned = Set(condemned) }
        return note
    }

    /// Notes what this process tries.
    func write(
        _ note: BatchAttempt.Note,
        stream: String,
        shardID: String,
        until deadline: WorkDeadline
    ) async throws(AWSError) {
        var item: AttributeMap = [
            "checkpoint": .s(self.key(stream: stream, shardID: shardID) + Self.attemptsSuffix),
            "firstSequenceNumber": .s(note.first), "attempts": .n(String(note.count)),
            "updatedAt": .s(self.services.time.now.iso8601), StoredFormat.attribute: .n(String(Self.format)),
        ]
        if let decoding = note.decoding {
            item["decoding"] = .s(decoding)
            item["deaths"] = .n(String(note.deaths))
        }
        if !note.condemned.isEmpty { item["condemned"] = .ss(note.condemned.sorted()) }
        try await self.services.dynamoDB(until: deadline).putItem(PutItemInput(tableName: self.name, item: item))
    }
}
