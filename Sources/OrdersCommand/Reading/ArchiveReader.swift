package import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
package import Orders
package import Platform

/// Finds orders in the archive: by the hours they may have arrived in, within limits, since an archive is large.
package struct ArchiveReader: Sendable {
    /// What a search found, and how far it went.
    package struct Found: Sendable {
        /// By order id, oldest first.
        package internal(set) var records: [OrderID: [ArchivedRecord]] = [:]
        /// How many objects were read.
        package fileprivate(set) var objects = 0
        /// As they are stored, compressed.
        package fileprivate(set) var bytes = 0
        /// Objects that were left out, each with the reason.
        package fileprivate(set) var unreadable: [String] = []
        /// The first prefix that was not searched to its end, since a limit was reached; nil where all were.
        package fileprivate(set) var stoppedAt: String?

        /// Nothing found yet.
        package init() {}
    }

    /// Where a search ends, whatever is left.
    package struct Limits: Sendable {
        /// How many objects are read at most.
        package var objects: Int
        /// How many bytes are read at most, as they are stored.
        package var bytes: Int

        /// Limits; by default 5,000 objects and 1 GiB.
        package init(objects: Int = 5_000, bytes: Int = 1_024 * 1_024 * 1_024) {
            self.objects = objects
            self.bytes = bytes
        }
    }

    /// Objects that are read side by side.
    private static let concurrency = 8
    /// With more ids than these it is cheaper to read each line than to look for each id in it.
    private static let maximumSoughtByBytes = 16

    private let s3: S3Client
    private let bucket: String
    private let time: any TimeSource

    /// A reader of the archive in that bucket.
    package init(s3: S3Client, bucket: String, time: any TimeSource) {
        self.s3 = s3
        self.bucket = bucket
        self.time = time
    }

    /// The records of these orders below the prefixes: what was accepted by its order id, what was refused by any mention
    /// of it.
    package func search(
        for ids: Set<OrderID>,
        below prefixes: [String],
        limits: Limits,
        progress: @Sendable (Int) -> Void = { _ in }
    ) async throws(AWSError) -> Found {
        var found = Found()
        let sought = Sought(ids: ids, looksAtBytes: ids.count <= Self.maximumSoughtByBytes)
        var gaps = ArchiveGaps(prefixes)
        search: while let prefix = gaps.next {
            if let span = gaps.spanToAsk {
                let hasKeys = try await self.s3.hasKeys(bucket: self.bucket, prefix: span, deadline: self.deadline)
                gaps.note(span, hasKeys: hasKeys)
                progress(found.objects)
                continue
            }
            gaps.removeFirst()
            progress(found.objects)
            let keys = try await self.s3.listKeys(bucket: self.bucket, prefix: prefix, deadline: self.deadline)
            for start in stride(from: 0, to: keys.count, by: Self.concurrency) {
                guard found.objects < limits.objects, found.bytes < limits.bytes else {
                    found.stoppedAt = prefix
                    break search
                }
                let chunk = keys[start..<min(start + Self.concurrency, keys.count)]
                for object in try await self.read(chunk) { sought.take(object, into: &found) }
                progress(found.objects)
            }
        }
        for (id, records) in found.records { found.records[id] = Self.once(records.sorted(by: Self.isBefore)) }
        return found
    }

    /// The objects' bytes, or why one has none.
    private func read(
        _ keys: ArraySlice<String>
    ) async throws(AWSError) -> [(key: String, body: Result<[UInt8], AWSError>)] {
        let bodies = await withTaskGroup(of: (Int, Result<[UInt8], AWSError>).self) { group in
            for index in keys.indices {
                group.addTask {
                    do throws(AWSError) {
                        let object = try await self.s3.getObject(
                            bucket: self.bucket,
                            key: keys[index],
                            deadline: self.deadline
                        )
                        return (index, .success(object.body))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            var bodies: [Int: Result<[UInt8], AWSError>] = [:]
            for await (index, body) in group { bodies[index] = body }
            return bodies
        }
        var objects: [(key: String, body: Result<[UInt8], AWSError>)] = []
        for index in keys.indices {
            guard let body = bodies[index] else { continue }
            // What forbids one object forbids all; what is gone or too large is that object's own.
            if case .failure(let error) = body, error.code != .noSuchKey, error.code != .responseTooLarge {
                throw error
            }
            objects.append((keys[index], body))
        }
        return objects
    }

    /// The records, each by its first line: an object that begins inside another one has records of that one again.
    private static func once(_ records: [ArchivedRecord]) -> [ArchivedRecord] {
        var places: Set<String> = []
        return records.filter { places.insert($0.place).inserted }
    }

    private static func isBefore(_ left: ArchivedRecord, _ right: ArchivedRecord) -> Bool {
        // Not as texts: 29.52Z is before 29.525Z.
        let arrivals = [left, right].map { $0.arrivedAt.flatMap { Timestamp($0) } }
        if let first = arrivals[0], let second = arrivals[1], first != second { return first < second }
        return (left.key, left.line) < (right.key, right.line)
    }

    private var deadline: UTCInstant { self.time.now + .seconds(60) }
}

/// The hours of the archive that are still to be searched, without the years, months and days that have no objects: of
/// ten years each hour would be a request of its own.
private struct ArchiveGaps {
    /// Characters of a prefix (`orders/dt=2025-08-27/hour=18/`) that name its year, its month and its day.
    private static let spans = [14, 17, 21]
    /// Asking for a span pays where it is as many requests less.
    private static let minimumHours = 12
    /// Of three days each hour is listed: their spans have something, mostly.
    private static let maximumHoursListed = 72

    private var prefixes: ArraySlice<String>
    private var known: Set<Substring> = []
    private let isLong: Bool

    init(_ prefixes: [String]) {
        self.prefixes = prefixes[...]
        self.isLong = prefixes.count > Self.maximumHoursListed
    }

    var next: String? { self.prefixes.first }

    /// The longest span of the next hour of which nobody knows whether it has anything, where many hours are in it.
    var spanToAsk: String? {
        guard self.isLong, let next = self.prefixes.first, next.hasPrefix("orders/dt=") else { return nil }
        for length in Self.spans {
            let span = next.prefix(length)
            guard self.prefixes.dropFirst(Self.minimumHours - 1).first?.hasPrefix(span) == true else { return nil }
            if !self.known.contains(span) { return String(span) }
        }
        return nil
    }

    mutating func note(_ span: String, hasKeys: Bool) {
        if hasKeys {
            self.known.insert(span[...])
        } else {
            self.prefixes = self.prefixes.drop { $0.hasPrefix(span) }
        }
    }

    mutating func removeFirst() { self.prefixes = self.prefixes.dropFirst() }
}

/// Takes the sought orders' records out of objects.
private struct Sought: Sendable {
    let ids: Set<OrderID>
    let mention: OrderMention
    let looksAtBytes: Bool

    init(ids: Set<OrderID>, looksAtBytes: Bool) {
        self.ids = ids
        self.mention = OrderMention(of: ids)
        self.looksAtBytes = looksAtBytes
    }

    func take(_ object: (key: String, body: Result<[UInt8], AWSError>), into found: inout ArchiveReader.Found) {
        found.objects += 1
        do {
            let body = try object.body.get()
            found.bytes += body.count
            var number = 0
            try GzipLines.forEach(in: body) { line in
                number += 1
                self.take(line, object.key, number, into: &found)
            }
        } catch let failure as GzipLines.Failure {
            found.unreadable.append("\(object.key): \(failure.rawValue)")
        } catch {
            found.unreadable.append("\(object.key): \(error)")
        }
    }

    private func take(_ line: ArraySlice<UInt8>, _ key: String, _ number: Int, into found: inout ArchiveReader.Found) {
        if self.looksAtBytes, !self.mention.mayBe(inArchiveLine: line) { return }
        guard let record = ArchivedRecord(line, key: key, line: number) else {
            return found.unreadable.append("\(key), line \(number): it is no line of this version's format")
        }
        for id in record.orderIDs(by: self.mention) where self.ids.contains(id) {
            found.records[id, default: []].append(record)
        }
    }
}
