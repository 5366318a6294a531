internal import AWSClient
package import ArchiveAccounts
internal import Foundation
package import Orders
internal import Synchronization

/// Reads archive objects, many at once, and sums their events.
package struct ArchiveFold: Sendable {
    /// An object with something that the archiver did not write so.
    package struct Finding: Sendable, Equatable {
        let key: String
        let fault: ObjectAccount.Fault

        /// `<key>, line 3: what is wrong`.
        var text: String { self.key + (self.fault.line.map { ", line \($0)" } ?? "") + ": " + self.fault.detail }
    }

    /// What a reading found besides the events.
    package struct Findings: Sendable {
        /// What the archiver did not write so.
        package fileprivate(set) var faults: [Finding] = []
        /// The objects with faults, and those with records that nobody has read, by their keys.
        package fileprivate(set) var doubtful: [String: DoubtfulObject] = [:]
        /// What the examination found.
        package fileprivate(set) var missing: [PlacedOrder] = []
        /// The events that were asked for.
        fileprivate(set) var recent: [RecentEvent] = []
        /// The days that events count in.
        fileprivate(set) var days: Set<Day> = []
        /// How many records were orders when they were archived, and are refused now, by the days that they counted in.
        package fileprivate(set) var refusedSince: [Day: Int] = [:]

        init() {}
    }

    /// Objects in memory at once, read or to be decoded: a few more than a machine has processors.
    private static let concurrency = 8

    private let store: any ArchiveStore
    private let decoder: OrderRecordDecoder
    private let wishes: ObjectAccount.Wishes
    /// Which objects may be gone although they were listed.
    private let mayHaveExpired: @Sendable (String) -> Bool
    /// What is made of each object's account beside the files, where it was read.
    private let examine: @Sendable (ObjectAccount) async throws -> [PlacedOrder]

    /// `mayHaveExpired` says of a key whether its object may be gone since it was listed, `examine` gives the orders that
    /// are missing elsewhere.
    package init(
        store: any ArchiveStore,
        decoder: OrderRecordDecoder,
        wishes: ObjectAccount.Wishes = ObjectAccount.Wishes(),
        mayHaveExpired: @escaping @Sendable (String) -> Bool = { _ in false },
        examine: @escaping @Sendable (ObjectAccount) async throws -> [PlacedOrder] = { _ in [] }
    ) {
        self.store = store
        self.decoder = decoder
        self.wishes = wishes
        self.mayHaveExpired = mayHaveExpired
        self.examine = examine
    }

    /// Reads the objects that are not in the files yet, and adds what they say; `progress` gets the objects that are in them.
    ///
    /// Objects are decoded side by side on all processors, and added in their order, so that the numbers of lines are the
    /// same in every run.
    package func read(
        _ keys: [String],
        into files: inout EventFiles,
        progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> Findings {
        let known = Set(files.objects)
        let rest = keys.filter { !known.contains($0) }
        var findings = Findings()
        let first = files.nextObject
        try await withThrowingTaskGroup(of: (Int, ReadObject).self) { group in
            var next = 0
            func begin() {
                let (index, key) = (next, rest[next])
                next += 1
                group.addTask { (index, try await self.read(key, as: first + UInt32(index))) }
            }
            while next < min(Self.concurrency, rest.count) { begin() }
            var waiting: [Int: ReadObject] = [:]
            var added = 0
            while let (index, object) = try await group.next() {
                waiting[index] = object
                while let object = waiting.removeValue(forKey: added) {
                    try files.add(object.account, key: rest[added], metadata: object.metadata)
                    findings.add(object, key: rest[added])
                    added += 1
                }
                progress(files.totals.objects, keys.count)
                // Those that wait for an earlier one are in memory, too.
                while next < rest.count, next - added < Self.concurrency { begin() }
            }
        }
        try files.write()
        return findings
    }

    fileprivate struct ReadObject: Sendable {
        let account: ObjectAccount
        let metadata: [String: String]
        let missing: [PlacedOrder]
    }

    private func read(_ key: String, as number: UInt32) async throws -> ReadObject {
        guard let stored = try await self.stored(key) else {
            // As if it had not been listed, but for its number.
            let account = ObjectAccount(object: number, key: key, decoder: self.decoder, wishes: self.wishes)
            return ReadObject(account: account, metadata: [:], missing: [])
        }
        // Not on the loop, which waits for the answers: decoding is what takes the time.
        let account = await withTaskExecutorPreference(globalConcurrentExecutor) {
            await self.account(of: stored, key, as: number)
        }
        return ReadObject(account: account, metadata: stored.metadata, missing: try await self.examine(account))
    }

    /// The object; nil where it has expired since it was listed.
    private func stored(_ key: String) async throws -> StoredObject? {
        do {
            return try await self.store.object(key)
        } catch let error as AWSError where error.code == .noSuchKey && self.mayHaveExpired(key) {
            return nil
        }
    }

    @concurrent
    private func account(of stored: StoredObject, _ key: String, as number: UInt32) async -> ObjectAccount {
        var account = ObjectAccount(object: number, key: key, decoder: self.decoder, wishes: self.wishes)
        account.add(linesOf: stored.body)
        account.finish(recordsWritten: stored.metadata[ArchiveChain.recordsKey].flatMap { Int($0) })
        return account
    }

    /// The counters of all events in the files, a part at a time on each processor.
    ///
    /// `knownFrom` is from when on all arrivals are known, in milliseconds since 1970; nil for the beginning.
    package static func counters(
        of files: borrowing EventFiles,
        lifetime: Int64,
        knownFrom start: Int64? = nil,
        and further: [EventBytes] = [],
        isExcluded: @escaping @Sendable (EventKey, LinePlace) -> Bool = { _, _ in false }
    ) async throws -> RebuiltCounters {
        var parts = files.parts
        for events in further {
            events.forEach(ofParts: parts.count) { part, bytes in parts[part].further.append(contentsOf: bytes) }
        }
        let queue = PartQueue(parts)
        return try await withThrowingTaskGroup(of: RebuiltCounters.self) { group in
            for _ in 0..<min(Self.concurrency, ProcessInfo.processInfo.activeProcessorCount) {
                group.addTask(executorPreference: globalConcurrentExecutor) {
                    var sums = RebuiltCounters()
                    while let part = queue.next() {
                        try part.forEachPiece {
                            sums.add($0, lifetime: lifetime, knownFrom: start, isExcluded: isExcluded)
                        }
                    }
                    return sums
                }
            }
            var counters = RebuiltCounters()
            for try await sums in group { counters.add(sums) }
            return counters
        }
    }
}

/// The parts that nobody has taken yet.
private final class PartQueue: Sendable {
    private let parts: [EventPart]
    private let taken = Atomic<Int>(0)

    init(_ parts: [EventPart]) {
        self.parts = parts
    }

    func next() -> EventPart? {
        let index = self.taken.wrappingAdd(1, ordering: .relaxed).oldValue
        return index < self.parts.count ? self.parts[index] : nil
    }
}

extension ArchiveFold.Findings {
    fileprivate mutating func add(_ object: ArchiveFold.ReadObject, key: String) {
        self.faults += object.account.faults.map { ArchiveFold.Finding(key: key, fault: $0) }
        if let doubtful = DoubtfulObject(object.account, metadata: object.metadata) { self.doubtful[key] = doubtful }
        self.missing += object.missing
        self.recent += object.account.recent
        self.days.formUnion(object.account.days)
        self.refusedSince.merge(object.account.refusedSince) { $0 + $1 }
    }
}
