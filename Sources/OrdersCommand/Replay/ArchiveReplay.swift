internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import Foundation
internal import JSONText
internal import Orders
internal import Platform

/// Puts the records of an archive into a stream, object by object.
struct ArchiveReplay: Sendable {
    /// What was put.
    struct Outcome: Sendable, Equatable {
        var records = 0
        var objects = 0
        /// Lines that are no records: what the event source delivered in a record's place.
        var skipped = 0
        /// Lines of records that went out of another object.
        var repeated = 0
    }

    /// An object's records of the window.
    private struct Contents {
        var records: [KinesisPutRecord] = []
        /// The last record that it has, in the window or not.
        var last: String?
    }

    let store: any ArchiveStore
    let writer: OrderedRecordWriter
    let time: any TimeSource
    /// Records a second at most.
    let rate: Int

    /// Puts the records that arrived in the window; `state` says behind which object.
    func run(_ window: HourWindow, _ state: inout ReplayState) async throws -> Outcome {
        let keys = try await self.keys(window)
        let rest = try Self.rest(of: keys, behind: state.last)
        let progress = ProgressNote(unit: "objects replayed", total: keys.count)
        let start = self.time.uptime
        var outcome = Outcome()
        for (place, key) in rest.enumerated() {
            let name = ArchiveObjectName(key)
            let reached = name.flatMap { state.spans.reached(within: $0) }
            let contents = try await self.contents(key, window, behind: reached, &outcome)
            let records = contents.records
            do {
                try await self.writer.put(records) { _ in }
            } catch let failure as OrderedRecordWriter.Failure {
                throw ToolError.failed(
                    "\(failure.reason). Put: \(outcome.records.counting("record")) of "
                        + "\(outcome.objects.counting("object"))"
                        + (state.isKept ? "; run it again to go on" : "; with --state FILE it can go on behind them")
                )
            }
            outcome.records += records.count
            outcome.objects += records.isEmpty ? 0 : 1
            if let name, let last = contents.last { state.spans.note(name, last: last) }
            try state.note(key)
            progress.update(keys.count - rest.count + place + 1)
            // A pause that makes the whole of it no faster than was asked for.
            let due = Duration.seconds(Double(outcome.records) / Double(self.rate)) - (self.time.uptime - start)
            if due > .zero { try await self.time.sleep(for: due) }
        }
        return outcome
    }

    /// The objects behind the last one that is in the stream; throws where the archive does not have that one any more, since what
    /// stands before and behind it is not known then.
    private static func rest(of keys: [String], behind last: String?) throws -> ArraySlice<String> {
        guard let last else { return keys[...] }
        guard let place = keys.firstIndex(of: last) else {
            throw ToolError.failed(
                "\(last), the last object that was replayed, is not in the archive any more: go on by a --from behind its hour, "
                    + "with another state file"
            )
        }
        return keys[(place + 1)...]
    }

    /// The objects that may hold records of the window, hour by hour, a shard's in their order; a child shard comes behind its
    /// parents, whose numbers are lower.
    ///
    /// Of those before the window some may reach into it, by many hours where the archiver was stopped.
    private func keys(_ window: HourWindow) async throws -> [String] {
        let prefixes = window.archivePrefixes
        guard let latest = prefixes.first, let first = prefixes.last else { return [] }
        let all = try await self.store.keys(from: nil, before: latest + "~")
        let keys = try await ArchiveBorder(before: first, in: self.store).keys(of: all)
        return keys.compactMap { key in ArchiveObjectName(key).map { (key, $0) } }.sorted { left, right in
            if left.1.hour != right.1.hour { return left.1.hour < right.1.hour }
            if left.1.shardID != right.1.shardID { return left.1.shardID < right.1.shardID }
            return ArchiveChain.isLess(left.1.firstSequenceNumber, right.1.firstSequenceNumber)
        }.map(\.0)
    }

    /// The object's records of the window but for those up to `reached`, which went out of an object that it begins inside.
    private func contents(
        _ key: String,
        _ window: HourWindow,
        behind reached: String?,
        _ outcome: inout Outcome
    ) async throws -> Contents {
        var contents = Contents()
        do {
            try GzipLines.forEach(in: try await self.store.object(key).body) { line in
                guard let payload = try ArchivedPayload(line) else {
                    outcome.skipped += 1
                    return
                }
                contents.last = payload.sequenceNumber
                let arrival = payload.arrival.map { UTCInstant($0) }
                guard arrival.map({ window.from <= $0 && $0 < window.to }) ?? true else { return }
                if let reached, !ArchiveChain.isLess(reached, payload.sequenceNumber) {
                    outcome.repeated += 1
                    return
                }
                contents.records.append(KinesisPutRecord(data: payload.data, partitionKey: payload.partitionKey))
            }
        } catch let error as JSONError {
            throw ToolError.failed("\(key): a line of it is none of the archive's (\(error)); audit it: orders audit")
        } catch let failure as GzipLines.Failure {
            throw ToolError.failed("\(key): \(failure.rawValue); audit it: orders audit")
        }
        return contents
    }
}

/// How far a replay is: the last object of which every record is in the stream.
struct ReplayState: Sendable {
    /// For the spans of ten thousand shards and more.
    private static let maximumBytes = 4 * 1_024 * 1_024

    private let file: URL?
    private let purpose: String
    private(set) var last: String?
    /// How far the objects up to that one reach.
    var spans = ReplayedSpans()

    /// Reads the file, if there is one; throws where it is of another replay.
    init(file path: String?, purpose: String) throws {
        self.file = path.map { URL(fileURLWithPath: $0) }
        self.purpose = purpose
        guard let file, FileManager.default.fileExists(atPath: file.path) else { return }
        var found: String?
        var last: String?
        var spans: [String: ReplayedSpans.Span] = [:]
        try JSONReader.read(try InputFile.bytes(file.path, limit: Self.maximumBytes)) { reader in
            try reader.readObject { name, reader in
                switch name {
                case "purpose": found = try reader.readString()
                case "last": last = try reader.readString()
                case "spans":
                    try reader.readObject { shardID, reader in
                        var ends: [String] = []
                        try reader.readArray { _, reader in ends.append(try reader.readString()) }
                        guard ends.count == 2 else { return }
                        spans[shardID.string] = ReplayedSpans.Span(first: ends[0], last: ends[1])
                    }
                default: try reader.skip()
                }
            }
        }
        guard found == purpose else {
            throw ToolError.badUse(
                "\(file.path) is of another replay, or its --to was not given (now is later each time); name another file"
            )
        }
        self.last = last
        self.spans = ReplayedSpans(spans)
    }

    /// Whether a file keeps it.
    var isKept: Bool { self.file != nil }

    /// Notes that the object's records are in the stream.
    mutating func note(_ key: String) throws {
        self.last = key
        guard let file else { return }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("purpose", self.purpose)
            writer.member("last", key)
            writer.key("spans")
            writer.object { writer in
                for (shardID, span) in self.spans.spans.sorted(by: { $0.key < $1.key }) {
                    writer.key(shardID)
                    writer.array { writer in
                        writer.string(span.first)
                        writer.string(span.last)
                    }
                }
            }
        }
        // As a whole or not at all: a run may end at any time.
        try Data(writer.bytes).write(to: file, options: .atomic)
    }
}
