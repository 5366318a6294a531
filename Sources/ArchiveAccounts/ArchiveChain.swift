internal import OrderFunctions

/// How the objects of each shard follow one another: each says behind which record it begins and with which it ends.
package struct ArchiveChain: Sendable, Equatable {
    /// Records that were archived and of which there is no object.
    package struct Gap: Sendable, Equatable {
        /// The shard.
        package let shardID: String
        /// The last record before the gap that any object has; nil where it is the shard's first.
        package let behind: String?
        /// The object in front of the gap, which ends with that record.
        package let behindObject: String?
        /// The object behind the gap; nil where the archiver's checkpoint says that there was more.
        package let before: String?
        /// The last record that is missing, or the checkpoint's.
        package let last: String
    }

    private struct Link: Sendable, Equatable {
        let key: String
        let first: String
        let previous: String?
        let last: String
        let written: String?
    }

    private var links: [String: [Link]] = [:]

    /// No objects yet.
    package init() {}

    /// Metadata of an object that say how it follows another.
    package static let linkKeys: Set<String> = [
        ArchiveMetadata.lastSequenceNumber, ArchiveMetadata.previousSequenceNumber, Self.writtenKey,
    ]
    /// The UTC day on which an object was written, `2025-08-27`, beside its metadata: their names are in lower case.
    package static let writtenKey = "Last-Modified"
    /// Metadata of an object that say how many records it has.
    package static let recordsKey = ArchiveMetadata.records

    /// Takes an object of a shard; without the archiver's metadata, as in a copy, there is nothing to follow, and without
    /// those of its predecessor nothing is missing before it.
    package mutating func add(key: String, metadata: [String: String]) {
        guard let name = ArchiveObjectName(key), let last = metadata[ArchiveMetadata.lastSequenceNumber] else { return }
        let previous = metadata[ArchiveMetadata.previousSequenceNumber]
        self.links[name.shardID, default: []].append(
            Link(
                key: key,
                first: name.firstSequenceNumber,
                previous: previous == ArchiveMetadata.noPreviousRecord ? nil : previous,
                last: last,
                written: metadata[Self.writtenKey]
            )
        )
    }

    /// The day on which the oldest of these objects was written, `2025-08-27`; nil where that is told of none.
    package func firstWritten(of keys: Set<String>) -> String? {
        self.links.values.joined().filter { keys.contains($0.key) }.compactMap(\.written).min()
    }

    /// Where records are missing, whether they should be there or not, which `ArchiveExtent` of the tool decides.
    ///
    /// `checkpoints` are the archiver's, by shard.
    package func gaps(checkpoints: [String: String]) -> [Gap] {
        Set(self.links.keys).union(checkpoints.keys).sorted().flatMap { shardID -> [Gap] in
            let links = (self.links[shardID] ?? []).sorted { Self.isLess($0.first, $1.first) }
            var gaps: [Gap] = []
            var front: Link?
            func note(_ last: String, before key: String?) {
                guard front.map({ Self.isLess($0.last, last) }) ?? true else { return }
                gaps.append(
                    Gap(shardID: shardID, behind: front?.last, behindObject: front?.key, before: key, last: last)
                )
            }
            for link in links {
                if let previous = link.previous { note(previous, before: link.key) }
                // An object that begins inside the one before it may end inside it, too.
                if front.map({ Self.isLess($0.last, link.last) }) ?? true { front = link }
            }
            if let checkpoint = checkpoints[shardID] { note(checkpoint, before: nil) }
            return gaps
        }
    }

    /// The last record of each shard of which one side knows a record, by the side that has come further.
    package static func latest(_ left: [String: String], _ right: [String: String]) -> [String: String] {
        left.merging(right) { Self.isLess($0, $1) ? $1 : $0 }
    }

    /// The order of sequence numbers, zeros in front of them aside.
    package static func isLess(_ left: String, _ right: String) -> Bool {
        ArchiveLine.isLess(Array(left.utf8), Array(right.utf8)[...])
    }
}
