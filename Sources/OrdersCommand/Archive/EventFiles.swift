package import ArchiveAccounts
internal import Foundation
internal import JSONText
internal import Platform

/// What was read of an archive so far, in a folder: events by part, and a journal of the objects that are in them.
///
/// A run that ends in the middle goes on behind the last entry of the journal. All events of one key are in one part, so
/// that the parts are summed one after the other, however large the archive is.
package struct EventFiles: ~Copyable {
    /// What an entry of the journal adds up.
    struct Totals: Sendable, Equatable {
        var objects = 0
        var records = 0
        var accepted = 0
        var refused = 0
        var deadly = 0

        init() {}
    }

    /// How many parts there are.
    static let partCount = 64
    /// The form of events and journal, so that two forms are not mixed.
    private static let form = 6
    /// Bytes of events that are kept before they are written.
    private static let bufferBytes = 16 * 1_024 * 1_024

    private let folder: URL
    /// Whether the folder is this run's own, and goes with it.
    private let isTemporary: Bool
    private var buffers = DividedEvents(parts: Self.partCount)
    private var sizes = [UInt64](repeating: 0, count: Self.partCount)
    private var pending: [(key: String, links: [String: String])] = []
    /// The objects that are in the files, in the order they were given numbers in.
    package private(set) var objects: [String] = []
    private(set) var totals = Totals()
    /// The last record of each shard that is in the files.
    private(set) var last: [String: String] = [:]
    /// How the objects of each shard follow one another.
    private(set) var chain = ArchiveChain()
    /// What is wrong with those objects, for people: also what an earlier run found.
    private(set) var faults: [String] = []

    /// Opens the folder, or a new one of this run's own for nil.
    ///
    /// `purpose` says what is read and how; a folder that holds the events of another purpose is refused.
    package init(folder path: String?, purpose: String) throws {
        self.isTemporary = path == nil
        if let path {
            self.folder = URL(fileURLWithPath: path, isDirectory: true)
        } else {
            self.folder = FileManager.default.temporaryDirectory.appendingPathComponent("orders-\(UUID().uuidString)")
        }
        do {
            try FileManager.default.createDirectory(
                at: self.folder,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
        } catch {
            throw ToolError.badUse(
                "\(self.folder.path): no folder can be made there (\(error.localizedDescription)); name another by --work-folder"
            )
        }
        try self.readJournal(purpose: "\(purpose), form \(Self.form)")
    }

    deinit {
        if self.isTemporary { try? FileManager.default.removeItem(at: self.folder) }
    }

    /// The number that the next object gets.
    var nextObject: UInt32 { UInt32(self.objects.count + self.pending.count) }

    /// Takes an object's events, whose number is `nextObject`.
    mutating func add(_ account: ObjectAccount, key: String, metadata: [String: String]) throws {
        self.buffers.add(account.events)
        self.pending.append((key, metadata.filter { ArchiveChain.linkKeys.contains($0.key) }))
        self.chain.add(key: key, metadata: metadata)
        self.faults += account.faults.map { ArchiveFold.Finding(key: key, fault: $0).text }
        if let last = account.last {
            self.last = ArchiveChain.latest(self.last, [last.shardID: last.sequenceNumber])
        }
        self.totals.objects += 1
        self.totals.records += account.records
        self.totals.accepted += account.accepted
        self.totals.refused += account.refused
        self.totals.deadly += account.deadly
        if self.buffers.count >= Self.bufferBytes { try self.write() }
    }

    /// Writes what is kept, and notes it in the journal.
    mutating func write() throws {
        guard !self.pending.isEmpty else { return }
        for (part, bytes) in self.buffers.parts.enumerated() where !bytes.isEmpty {
            try Self.append(bytes, to: self.file(part), at: self.sizes[part])
            self.sizes[part] += UInt64(bytes.count)
        }
        self.buffers.removeAll()
        var writer = JSONWriter()
        writer.object { writer in
            writer.key("objects")
            writer.array { writer in for object in self.pending { writer.string(object.key) } }
            writer.key("links")
            writer.array { writer in
                for object in self.pending {
                    writer.object { writer in
                        for (name, value) in object.links.sorted(by: { $0.key < $1.key }) { writer.member(name, value) }
                    }
                }
            }
            writer.key("faults")
            writer.array { writer in for fault in self.faults { writer.string(fault) } }
            writer.key("last")
            writer.object { writer in
                for (shardID, number) in self.last.sorted(by: { $0.key < $1.key }) { writer.member(shardID, number) }
            }
            writer.key("sizes")
            writer.array { writer in for size in self.sizes { writer.integer(Int64(size)) } }
            for (name, value) in [
                ("records", self.totals.records), ("accepted", self.totals.accepted), ("refused", self.totals.refused),
                ("deadly", self.totals.deadly),
            ] {
                writer.key(name)
                writer.integer(value)
            }
        }
        try Self.append(writer.bytes + [UInt8(ascii: "\n")], to: self.journal, at: nil)
        self.objects += self.pending.map(\.key)
        self.pending = []
    }

    /// The events that are in the files, by part.
    var parts: [EventPart] { (0..<Self.partCount).map { EventPart(path: self.file($0).path) } }

    /// The object that a line is in; nil for one of the stream.
    func object(_ place: LinePlace) -> String? {
        Int(place.object) < self.objects.count ? self.objects[Int(place.object)] : nil
    }

    /// Where a line is, for people.
    func location(_ place: LinePlace) -> String {
        self.object(place).map { "\($0) line \(place.line)" } ?? "in the stream, not archived yet"
    }

    /// The objects that have records of others, with how many events these are, for people.
    package func texts(ofCopies places: [LinePlace]) -> [String] {
        Dictionary(grouping: places, by: \.object).sorted { $0.key < $1.key }.map { number, places in
            let isObject = Int(number) < self.objects.count
            return "\(isObject ? self.objects[Int(number)] : "the stream"): \(places.count.counting("event"))"
        }
    }

    private func file(_ part: Int) -> URL { self.folder.appendingPathComponent("events-\(part)") }
    private var journal: URL { self.folder.appendingPathComponent("journal.ndjson") }

    /// Takes over what an earlier run has written, and cuts off what it did not come to note.
    private mutating func readJournal(purpose: String) throws {
        guard FileManager.default.fileExists(atPath: self.journal.path) else {
            var writer = JSONWriter()
            writer.object { $0.member("purpose", purpose) }
            return try Self.append(writer.bytes + [UInt8(ascii: "\n")], to: self.journal, at: nil)
        }
        let bytes = try InputFile.bytes(self.journal.path, limit: .max - 1)
        // The last line may be half of one.
        let lines = bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).dropLast()
        guard let first = lines.first, (try? Self.purpose(first)) == purpose else {
            throw ToolError.badUse(
                "\(self.folder.path) holds what another run read, of another archive or by other rules; name another folder, "
                    + "or delete it"
            )
        }
        for line in lines.dropFirst() {
            guard (try? self.takeOver(line)) != nil else { throw self.damage }
        }
        let whole = lines.reduce(0) { $0 + $1.count + 1 }
        if whole < bytes.count { try Self.truncate(self.journal, to: UInt64(whole)) }
        for part in 0..<Self.partCount {
            guard Self.size(of: self.file(part)) >= self.sizes[part] else { throw self.damage }
            try Self.truncate(self.file(part), to: self.sizes[part])
        }
    }

    private var damage: ToolError {
        .badUse("\(self.folder.path) is damaged, or not all of it is there: delete the folder and begin anew")
    }

    private static func size(of url: URL) -> UInt64 {
        let attributes = try? FileManager.default.attributesOfItem(atPath: url.path)
        return (attributes?[.size] as? NSNumber)?.uint64Value ?? 0
    }

    private static func purpose(_ line: ArraySlice<UInt8>) throws -> String? {
        var purpose: String?
        try JSONReader.read(line) { reader in
            try reader.readObject { name, reader in
                if name == "purpose" { purpose = try reader.readString() } else { try reader.skip() }
            }
        }
        return purpose
    }

    private mutating func takeOver(_ line: ArraySlice<UInt8>) throws {
        var sizes: [UInt64] = []
        var faults: [String] = []
        var (objects, links) = ([String](), [[String: String]]())
        try JSONReader.read(line, limits: JSONLimits(bytes: line.count + 1)) { reader in
            try reader.readObject { name, reader in
                switch name {
                case "objects": try reader.readArray { _, reader in objects.append(try reader.readString()) }
                case "links":
                    try reader.readArray { _, reader in
                        var members: [String: String] = [:]
                        try reader.readObject { members[$0.string] = try $1.readString() }
                        links.append(members)
                    }
                case "faults": try reader.readArray { _, reader in faults.append(try reader.readString()) }
                case "last": try reader.readObject { self.last[$0.string] = try $1.readString() }
                case "sizes": try reader.readArray { _, reader in sizes.append(UInt64(try reader.readInteger())) }
                case "records": self.totals.records = Int(try reader.readInteger())
                case "accepted": self.totals.accepted = Int(try reader.readInteger())
                case "refused": self.totals.refused = Int(try reader.readInteger())
                case "deadly": self.totals.deadly = Int(try reader.readInteger())
                default: try reader.skip()
                }
            }
        }
        guard sizes.count == Self.partCount, links.count == objects.count else { throw self.damage }
        for (key, metadata) in zip(objects, links) { self.chain.add(key: key, metadata: metadata) }
        self.objects += objects
        self.sizes = sizes
        self.faults = faults
        self.totals.objects = self.objects.count
    }

    private static func append(_ bytes: [UInt8], to url: URL, at offset: UInt64?) throws {
        if !FileManager.default.fileExists(atPath: url.path) {
            let isMade = FileManager.default.createFile(
                atPath: url.path,
                contents: nil,
                attributes: [.posixPermissions: 0o600]
            )
            guard isMade else { throw ToolError.failed("\(url.path): cannot be written") }
        }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        if let offset { try file.seek(toOffset: offset) } else { try file.seekToEnd() }
        try file.write(contentsOf: bytes)
    }

    private static func truncate(_ url: URL, to size: UInt64) throws {
        guard FileManager.default.fileExists(atPath: url.path) else { return }
        let file = try FileHandle(forWritingTo: url)
        defer { try? file.close() }
        try file.truncate(atOffset: size)
    }
}
