internal import AWSClient
internal import Platform
internal import SimulatedAWS

/// Whether the archive holds every record once, in the shards' order, under the right names, byte for byte; twice only what an
/// object has that begins inside another one, where it may.
enum ArchiveCheck {
    /// Where the archive and its checkpoints differ from what was sent, in words.
    ///
    /// `twice` are the records with which an object may begin although another one has them.
    static func differences(
        _ shards: [[SentRecord]],
        twice: Set<String>,
        _ cloud: borrowing Cloud
    ) -> [String] {
        var differences: [String] = []
        for name in cloud.s3.overwritten { differences.append("\(name) was written over") }
        var objects = cloud.s3.keys("archive", prefix: "orders/")
        for records in shards where !records.isEmpty {
            let shardID = records[0].shardID
            let start = shardID + "-"
            let mine = objects.filter { Self.name($0).hasPrefix(start) }
            objects.removeAll { Self.name($0).hasPrefix(start) }
            differences += Self.differences(records, shardID, mine, twice, cloud)
        }
        for key in objects { differences.append("\(key) belongs to no shard") }
        return differences
    }

    private static func differences(
        _ records: [SentRecord],
        _ shardID: String,
        _ keys: [String],
        _ twice: Set<String>,
        _ cloud: borrowing Cloud
    ) -> [String] {
        var differences: [String] = []
        let numbered = keys.map { (key: $0, number: Self.firstNumber($0, shardID)) }
        let ordered = numbered.sorted { left, right in
            let (first, second) = (left.number, right.number)
            return first.utf8.count == second.utf8.count ? first < second : first.utf8.count < second.utf8.count
        }
        // How many records are archived, and where the next line should be.
        var (archived, place) = (0, 0)
        // Where objects end: another one may begin there, although one that began inside the former has come further.
        var ends: Set<Int> = []
        // In how many objects each record stands.
        var copies = [Int](repeating: 0, count: records.count)
        for (key, number) in ordered {
            guard let object = cloud.s3.object("archive", key), let text = GzipStored.decompress(object.body) else {
                differences.append("\(key) is no gzip")
                continue
            }
            let lines = text.split(separator: UInt8(ascii: "\n"))
            place = archived
            if let first = records[..<archived].firstIndex(where: { $0.sequenceNumber == number }),
                ends.contains(first) || twice.contains(records[first].streamID)
            {
                place = first
            }
            if place < records.count, key != Self.key(records[place]) {
                let name = Self.key(records[place])
                differences.append("\(key) begins with record \(records[place].number), so it should be \(name)")
            }
            for line in lines {
                guard place < records.count else {
                    differences.append("\(key) holds more than its shard has")
                    break
                }
                if let problem = Self.difference(Array(line), records[place]) {
                    differences.append("\(key): \(problem)")
                }
                copies[place] += 1
                place += 1
            }
            let last = object.metadata["last-sequence-number"]
            if place > 0, place <= records.count, last != records[place - 1].sequenceNumber {
                let number = records[place - 1].sequenceNumber
                differences.append("\(key) says that it goes up to \(last ?? "nothing"), not \(number)")
            }
            ends.insert(place)
            archived = max(archived, place)
        }
        for (record, count) in zip(records, copies) where count > 2 {
            differences.append("record \(record.number) stands in \(count) objects")
        }
        if archived < records.count {
            let more = records.count - archived - 1
            differences.append("record \(records[archived].number) and \(more) more of \(shardID) are not archived")
        }
        let checkpoint = cloud.dynamoDB["Checkpoints"]["OrderArchiver#orders#\(shardID)"]
        let number = checkpoint?["sequenceNumber"]?.string.map { $0.drop { $0 == "0" } }
        if let last = records.last, number != Substring(last.sequenceNumber) {
            differences.append(
                "the archiver's checkpoint of \(shardID) is \(number ?? "missing"), not \(last.sequenceNumber)"
            )
        }
        return differences
    }

    /// The place behind the last record of the object that begins with the record at `start`; nil where there is none.
    static func end(ofObjectFrom start: Int, _ records: [SentRecord], _ cloud: borrowing Cloud) -> Int? {
        guard let object = cloud.s3.object("archive", Self.key(records[start])) else { return nil }
        let last = object.metadata["last-sequence-number"]
        return records.lastIndex { $0.sequenceNumber == last }.map { $0 + 1 }
    }

    private static func firstNumber(_ key: String, _ shardID: String) -> String {
        let number = self.name(key).utf8.dropFirst(shardID.utf8.count + 1).prefix { $0 != UInt8(ascii: ".") }
        return String(Substring(number))
    }

    /// The last part of a key.
    private static func name(_ key: String) -> Substring {
        let end = key.utf8.lastIndex(of: UInt8(ascii: "/")).map { key.utf8.index(after: $0) }
        return key[(end ?? key.startIndex)...]
    }

    /// The name of the object that begins with the record.
    private static func key(_ record: SentRecord) -> String {
        let seconds = World.epoch.secondsSince1970 + record.arrival / 1_000_000_000
        let hour = CivilDay.clock(secondsSince1970: seconds).prefix(2)
        return "orders/dt=\(CivilDay.text(secondsSince1970: seconds))/hour=\(hour)/"
            + "\(record.shardID)-\(record.sequenceNumber).ndjson.gz"
    }

    private static func difference(_ line: [UInt8], _ record: SentRecord) -> String? {
        func holds(_ text: String) -> Bool { Bytes.range(of: Array(text.utf8), in: line) != nil }
        guard holds("\"sequenceNumber\":\"\(record.sequenceNumber)\"") else {
            return "record \(record.number) is not where it should be"
        }
        if let part = record.part, !holds("\"subSequenceNumber\":\(part),") {
            return "record \(record.number) is not part \(part) of its aggregate"
        }
        let verdict: String
        switch record.meaning {
        case .sale: verdict = "accepted"
        case .otherType: verdict = "skipped"
        case .invalidOrder, .unreadable: verdict = "refused"
        }
        guard holds("\"verdict\":\"\(verdict)\"") else { return "record \(record.number) is not \(verdict)" }
        let json = String(decoding: line, as: UTF8.self)
        guard DeadLetters.member("partitionKey", json) == record.partitionKey else {
            return "record \(record.number) has another partition key than \(record.partitionKey)"
        }
        guard DeadLetters.member("arrivedAt", json).flatMap({ Moment($0) }) == Moment(arrival: record.arrival) else {
            return "record \(record.number) did not arrive when its line says"
        }
        if case .unreadable = record.meaning {
            return DeadLetters.member("unparsed", json).map(DeadLetters.base64) == record.data
                ? nil : "the bytes of record \(record.number) are not those that were sent"
        }
        let text = record.text.filter { $0 != UInt8(ascii: "\n") }
        return Bytes.range(of: Array("\"record\":".utf8) + text + [UInt8(ascii: ",")], in: line) != nil
            ? nil : "the text of record \(record.number) is not as it was sent"
    }
}
