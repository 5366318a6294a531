package import ArchiveAccounts
internal import Foundation

/// The events of some keys, all that there are of each: a file, and what is not in it yet.
package struct EventPart: Sendable {
    /// Bytes of events that are summed at once; a file of more is divided by further bits of its keys.
    package static let piece = 8 * 1_024 * 1_024
    /// How many files such a one is divided into.
    private static let division = 16
    /// Events of one key are never divided, however many there are: by then all bits of the keys are used.
    private static let deepest = 6

    private let path: String
    private let piece: Int
    private let depth: Int
    /// Events that are not in the file.
    package var further: [UInt8] = []

    /// The events of the file, if there is one; by default summed some MB at once.
    package init(path: String, piece: Int = EventPart.piece) {
        self.init(path: path, piece: piece, depth: 0)
    }

    private init(path: String, piece: Int, depth: Int) {
        self.path = path
        self.piece = piece
        self.depth = depth
    }

    /// Hands the events to `body`, in pieces that have all events of their keys.
    package func forEachPiece(_ body: (EventBytes) -> Void) throws {
        let size = try self.size()
        guard size > self.piece, self.depth < Self.deepest else {
            let bytes = size > 0 ? try InputFile.bytes(self.path, limit: .max - 1) : []
            return body(EventBytes(bytes).adding(self.further))
        }
        let parts = try self.divided()
        defer { for part in parts { try? FileManager.default.removeItem(atPath: part.path) } }
        for part in parts { try part.forEachPiece(body) }
    }

    private func size() throws -> Int {
        guard FileManager.default.fileExists(atPath: self.path) else { return 0 }
        return try FileManager.default.attributesOfItem(atPath: self.path)[.size] as? Int ?? 0
    }

    /// The events in files of their own, by the next bits of their keys; what an interrupted run left there is overwritten.
    private func divided() throws -> [EventPart] {
        var parts = (0..<Self.division).map {
            EventPart(path: "\(self.path).\($0)", piece: self.piece, depth: self.depth + 1)
        }
        let files = try parts.map { part in
            let isMade = FileManager.default.createFile(
                atPath: part.path,
                contents: nil,
                attributes: [.posixPermissions: 0o600]
            )
            guard isMade, let file = FileHandle(forWritingAtPath: part.path) else {
                throw ToolError.failed("\(part.path): cannot be written")
            }
            return file
        }
        defer { for file in files { try? file.close() } }
        let divisor = (0..<self.depth).reduce(UInt64(EventFiles.partCount)) { product, _ in
            product * UInt64(Self.division)
        }
        func divide(_ events: EventBytes, _ take: (Int, [UInt8]) throws -> Void) rethrows {
            var divided = [[UInt8]](repeating: [], count: Self.division)
            events.forEach(ofParts: Self.division, dividedBefore: divisor) { divided[$0].append(contentsOf: $1) }
            for (part, bytes) in divided.enumerated() where !bytes.isEmpty { try take(part, bytes) }
        }
        guard let file = FileHandle(forReadingAtPath: self.path) else {
            throw ToolError.failed("\(self.path): cannot be read")
        }
        defer { try? file.close() }
        var bytes: [UInt8] = []
        while let more = try file.read(upToCount: Self.piece / 4), !more.isEmpty {
            bytes += more
            let whole = EventBytes.wholeEvents(in: bytes)
            try divide(EventBytes(Array(bytes[..<whole]))) { try files[$0].write(contentsOf: $1) }
            bytes.removeFirst(whole)
        }
        divide(EventBytes(self.further)) { parts[$0].further = $1 }
        return parts
    }
}
