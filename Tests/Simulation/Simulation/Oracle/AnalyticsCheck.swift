internal import AWSClient
internal import Glibc
internal import SimulatedAWS

/// Compares the Analytics table with its oracle: after each step that nothing was counted that should not be, and at the
/// end that all was.
struct AnalyticsCheck {
    private var records: [SentRecord]
    private var bounds: AnalyticsOracle.Rows
    /// The rows' counters as last seen, by the item's key and the counter's name.
    private var seen: [String: [String: Amount]] = [:]
    /// The same, by the row.
    private(set) var sums: AnalyticsOracle.Rows = [:]

    init(_ records: [SentRecord]) {
        self.records = records
        self.bounds = AnalyticsOracle.bounds(records)
    }

    /// What is wrong with the items that a request has just changed.
    mutating func afterStep(_ keys: [String], _ table: DynamoDBTable) -> String? {
        for key in keys where !key.hasPrefix("EVENT#") {
            guard let item = table.item(forKey: key) else { return "\(key) was deleted" }
            let row = Self.row(key)
            var counters: [(name: String, text: String)] = []
            for (name, value) in item {
                if case .n(let text) = value, name != "format" { counters.append((name, text)) }
            }
            // Sorted, so that of two wrong counters the same is named in every run.
            counters.sort { $0.name < $1.name }
            for (name, text) in counters {
                guard let amount = Amount(text) else { return "\(row): \(name) is \(text), which no sum of orders is" }
                let before = self.seen[key]?[name] ?? Amount(0)
                self.seen[key, default: [:]][name] = amount
                let sum = Amount(
                    billionths: (self.sums[row]?[name] ?? Amount(0)).billionths + amount.billionths - before.billionths
                )
                self.sums[row, default: [:]][name] = sum
                let bound = self.bounds[row]?[name] ?? Amount(0)
                if amount < before { return "\(row): \(name) fell from \(before.text) to \(amount.text)" }
                if bound < sum { return "\(row): \(name) is \(sum.text), more than the \(bound.text) of all orders" }
            }
        }
        return nil
    }

    /// Another record was sent: it may count, unless it repeats one.
    mutating func add(_ record: SentRecord) {
        let isNew = self.records.allSatisfy { $0.identity != record.identity || $0.day != record.day }
        self.records.append(record)
        if isNew { self.willRead(record) }
    }

    /// A record that nobody could read is delivered again and may count now, on that day if it tells none itself.
    mutating func willRead(_ record: SentRecord) {
        Self.add(AnalyticsOracle.bounds([record]), to: &self.bounds)
    }

    private static func add(_ rows: AnalyticsOracle.Rows, to sums: inout AnalyticsOracle.Rows) {
        for (row, counters) in rows {
            for (name, amount) in counters {
                sums[row, default: [:]][name, default: Amount(0)].billionths += amount.billionths
            }
        }
    }

    /// Where the table or the dead letters differ from the oracle, in words; nothing if they do not.
    ///
    /// `lost` are records that left the stream before they were delivered, `halfDone` those that left it when they may have
    /// been counted in some rows, `deadly` those that nobody could read, and `read` those of them that were read when their
    /// dead letters were delivered again.
    func atEnd(
        _ letters: [String: [UInt8]],
        lost: [SentRecord],
        halfDone: [SentRecord],
        deadly: Set<String>?,
        read: [SentRecord]
    ) -> [String] {
        let gone = Set(lost.map(\.number) + read.map(\.number))
        let records = self.records.filter { !gone.contains($0.number) }.map { $0.unread(if: deadly) } + read
        // Whether an event counts of which a record is half done depends on what came meanwhile. So does the day of an order that
        // tells none and was sent on several, where one of its records had to be redriven. No counter may exceed what all such
        // events together would add.
        let redriven = Set(read.map(\.identity))
        let days = Dictionary(grouping: self.records.filter { redriven.contains($0.identity) }, by: \.identity)
        let halves = Set(halfDone.map(\.identity))
        let unsure = halves.union(days.filter { Set($0.value.map(\.day)).count > 1 }.keys)
        let doubtful = self.records.filter { unsure.contains($0.identity) }
        let numbers = Set(doubtful.map(\.number))
        let oracle = AnalyticsOracle(records.filter { !numbers.contains($0.number) })
        var most = AnalyticsOracle.bounds(doubtful)
        Self.add(AnalyticsOracle.bounds(read.filter { numbers.contains($0.number) }), to: &most)
        var least: AnalyticsOracle.Rows = [:]
        for identity in halves where !redriven.contains(identity) {
            Self.add(self.takenOver(identity, lost + halfDone, deadly: deadly), to: &least)
        }
        return self.differences(oracle, atLeast: least, atMost: most)
            + self.differences(oracle, letters, besides: Set(doubtful.map(\.eventID)))
    }

    /// Seconds after which the stream and the last invocation have let go of a record: what repeats it then counts what is left
    /// of it.
    private static let letGo: VirtualTime.Nanoseconds = .seconds(86_400 + 420)

    /// What an order of which a record is half done adds all the same, by a repetition that came late enough.
    ///
    /// Nothing where anything else is to be said of its records. A row that has counted a later record of the same shard cannot
    /// tell that it lacks the order: docs/architecture.md.
    private func takenOver(_ identity: String, _ gone: [SentRecord], deadly: Set<String>?) -> AnalyticsOracle.Rows {
        let all = self.records.filter { $0.identity == identity }
        let isOneOrder = all.allSatisfy { record in
            record.day != nil && record.day == all[0].day && !record.isConflict
                && !(deadly?.contains(record.eventID) ?? false)
        }
        let left = Set(gone.map(\.number))
        let mine = all.filter { left.contains($0.number) }
        let last = mine.map(\.arrival).max() ?? 0
        let repetition = all.first { !left.contains($0.number) && $0.arrival > last + Self.letGo }
        guard isOneOrder, let repetition else { return [:] }
        let later = self.records.filter { other in
            other.identity != identity && mine.contains { $0.shard == other.shard && $0.arrival <= other.arrival }
        }
        let touched = Set(later.flatMap { AnalyticsOracle.bounds([$0]).keys })
        return AnalyticsOracle.bounds([repetition]).filter { !touched.contains($0.key) }
    }

    /// Where the rows are not what they must be; `more` is what may have been added to them, or not, but for `least`.
    private func differences(
        _ oracle: AnalyticsOracle,
        atLeast least: AnalyticsOracle.Rows,
        atMost more: AnalyticsOracle.Rows
    ) -> [String] {
        var differences: [String] = []
        for key in Set(oracle.rows.keys).union(self.sums.keys).union(least.keys).sorted() {
            let wanted = oracle.rows[key] ?? [:]
            let found = self.sums[key] ?? [:]
            for name in Set(wanted.keys).union(found.keys).union((least[key] ?? [:]).keys).sorted() {
                let (sure, have) = ((wanted[name] ?? Amount(0)).billionths, found[name] ?? Amount(0))
                let want = Amount(billionths: sure + (least[key]?[name] ?? Amount(0)).billionths)
                let most = Amount(billionths: sure + (more[key]?[name] ?? Amount(0)).billionths)
                if have < want || most < have {
                    let words = want < most ? "between \(want.text) and \(most.text)" : want.text
                    differences.append("\(key): \(name) is \(have.text), not \(words)")
                }
            }
        }
        return differences
    }

    private func differences(
        _ oracle: AnalyticsOracle,
        _ letters: [String: [UInt8]],
        besides doubtful: Set<String>
    ) -> [String] {
        var differences: [String] = []
        for id in Set(oracle.dead.keys).union(letters.keys).subtracting(doubtful).sorted() {
            let (wanted, found) = (oracle.dead[id], letters[id])
            if found == nil {
                let name = "record \(wanted?.number ?? -1) (\(wanted?.words ?? ""))"
                differences.append("the dead letter of \(name) is missing")
            } else if wanted == nil {
                let record = self.records.first { $0.eventID == id }
                let name = "record \(record?.number ?? -1) (\(record?.words ?? id))"
                differences.append("\(name) has a dead letter without a reason")
            } else if wanted?.data != found {
                differences.append("the dead letter of record \(wanted?.number ?? -1) holds other bytes than were sent")
            }
        }
        return differences
    }

    /// `ORDERS#2025-08-28|TOTAL` of an item's key, without its lane.
    private static func row(_ key: String) -> String {
        let halves = key.utf8.split(separator: 0, maxSplits: 1)
        let sort = halves.count > 1 ? halves[1].prefix { $0 != UInt8(ascii: "~") } : ""[...].utf8
        return "\(Substring(halves[0]))|\(Substring(sort))"
    }
}

/// The dead letters in a queue.
enum DeadLetters {
    /// The bytes of the dead-lettered records, by event id; letters that say where their record is bring it from there.
    static func records(_ bodies: [String], _ s3: SimulatedS3) -> [String: [UInt8]] {
        var records: [String: [UInt8]] = [:]
        for body in bodies {
            let id = Self.eventID(body) ?? "?"
            if let text = Self.member("record", body) {
                records[id] = Self.base64(text)
            } else if let bucket = Self.member("bucket", body), let key = Self.member("key", body) {
                records[id] = s3.object(bucket, key)?.body ?? []
            }
        }
        return records
    }

    /// The event id of a letter's record where Kinesis had it, however often it was delivered again since: each time it
    /// comes from a shard of its own, `redrive-<round>-<shardId>-<sequence number>`, of a part with `.<place>` behind it.
    static func eventID(_ body: String) -> String? {
        guard let shard = Self.member("shardId", body), let number = Self.member("sequenceNumber", body) else {
            return nil
        }
        let words = shard.split(separator: "-").map(String.init)
        if words.count == 5, words[0] == "redrive" {
            return words[2] + "-" + words[3] + ":" + words[4].split(separator: ".").joined(separator: ":")
        }
        let bytes = Array(body.utf8)
        let name = Array("\"subSequenceNumber\":".utf8)
        let place = Bytes.range(of: name, in: bytes).map { bytes[($0 + name.count)...].prefix { $0 >= 48 && $0 <= 57 } }
        return shard + ":" + number + (place.map { ":" + String(decoding: $0, as: UTF8.self) } ?? "")
    }

    /// A member that is a string without escapes.
    static func member(_ name: String, _ json: String) -> String? {
        let pattern = Array("\"\(name)\":\"".utf8)
        let bytes = Array(json.utf8)
        guard let start = Bytes.range(of: pattern, in: bytes) else { return nil }
        let rest = bytes[(start + pattern.count)...]
        return String(decoding: rest.prefix { $0 != UInt8(ascii: "\"") }, as: UTF8.self)
    }

    static func base64(_ text: String) -> [UInt8] {
        var bytes: [UInt8] = []
        var (bits, count): (UInt32, Int) = (0, 0)
        for character in text.utf8 where character != UInt8(ascii: "=") {
            let value: UInt8 =
                switch character {
                case UInt8(ascii: "A")...UInt8(ascii: "Z"): character - UInt8(ascii: "A")
                case UInt8(ascii: "a")...UInt8(ascii: "z"): character - UInt8(ascii: "a") + 26
                case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0") + 52
                case UInt8(ascii: "+"): 62
                default: 63
                }
            bits = bits << 6 | UInt32(value)
            count += 6
            if count >= 8 {
                count -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
            }
        }
        return bytes
    }
}

/// Searches in bytes.
enum Bytes {
    /// Where `pattern` begins first, from `start` on.
    static func range(of pattern: [UInt8], in bytes: [UInt8], from start: Int = 0) -> Int? {
        guard let first = pattern.first else { return nil }
        return bytes.withUnsafeBytes { bytes in
            pattern.withUnsafeBytes { pattern in
                guard let base = bytes.baseAddress, let sought = pattern.baseAddress else { return nil }
                var place = start
                // `pattern` fits from `place` on.
                while place + pattern.count <= bytes.count {
                    let candidates = bytes.count - pattern.count - place + 1
                    guard let next = memchr(base + place, Int32(first), candidates) else { return nil }
                    if memcmp(next, sought, pattern.count) == 0 { return UnsafeRawPointer(next) - base }
                    place = UnsafeRawPointer(next) - base + 1
                }
                return nil
            }
        }
    }
}
