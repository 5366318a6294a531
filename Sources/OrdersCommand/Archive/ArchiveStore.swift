internal import AWSClient
internal import AWSOperations
internal import ArchiveAccounts
internal import Foundation
internal import OrderFunctions
internal import Orders
internal import Platform

/// Where the archive's objects are: the bucket, or a copy of it in a folder.
package protocol ArchiveStore: Sendable {
    /// The keys of all objects below `orders/` between two keys, ascending; nil for no bound, the upper one excluded.
    func keys(from first: String?, before last: String?) async throws -> [String]

    /// One object, as it is stored.
    func object(_ key: String) async throws -> StoredObject

    /// The number of an object's last record; nil where nothing tells it.
    func lastSequenceNumber(of key: String) async throws -> String?

    /// The archive's name, for people: `s3://bucket` or a folder.
    var name: String { get }
}

extension ArchiveStore {
    /// As the object's metadata say, or as its lines do; nil where these are damaged, which whoever reads them tells.
    package func lastSequenceNumber(of key: String) async throws -> String? {
        let stored = try await self.object(key)
        if let last = stored.metadata[ArchiveMetadata.lastSequenceNumber] { return last }
        var last: String?
        do {
            try GzipLines.forEach(in: stored.body) { line in
                if let payload = try ArchivedPayload(line) { last = payload.sequenceNumber }
            }
        } catch {
            return nil
        }
        return last
    }
}

/// An object with what its metadata say; a copy in a folder has none.
package struct StoredObject: Sendable {
    let body: [UInt8]
    let metadata: [String: String]

    /// An object; by default one without metadata.
    package init(body: [UInt8], metadata: [String: String] = [:]) {
        self.body = body
        self.metadata = metadata
    }
}

/// The archive bucket.
struct BucketStore: ArchiveStore {
    private let s3: S3Client
    private let bucket: String
    private let time: any TimeSource

    init(s3: S3Client, bucket: String, time: any TimeSource) {
        self.s3 = s3
        self.bucket = bucket
        self.time = time
    }

    var name: String { "s3://\(self.bucket)" }

    func keys(from first: String?, before last: String?) async throws -> [String] {
        // A listing may take long: a thousand keys a request.
        let deadline = self.time.now + .seconds(3_600)
        let all = try await self.s3.listKeys(bucket: self.bucket, prefix: "orders/", deadline: deadline)
        return all.filter { key in (first.map { $0 <= key } ?? true) && (last.map { key < $0 } ?? true) }.sorted()
    }

    func object(_ key: String) async throws -> StoredObject {
        let object = try await self.s3.getObject(bucket: self.bucket, key: key, deadline: self.time.now + .seconds(120))
        var metadata = object.info.metadata
        metadata[ArchiveChain.writtenKey] = object.info.lastModified.map { Day($0).text }
        return StoredObject(body: object.body, metadata: metadata)
    }

    /// Nil also where the object has expired since it was listed.
    func lastSequenceNumber(of key: String) async throws -> String? {
        do throws(AWSError) {
            let limit = CallLimit.attempts(before: self.time.now + .seconds(60))
            let info = try await self.s3.headObject(bucket: self.bucket, key: key, until: limit)
            return info.metadata[ArchiveMetadata.lastSequenceNumber]
        } catch {
            guard error.code == .notFound else { throw error }
            return nil
        }
    }
}

/// A folder that holds the archive's objects under their keys, as `aws s3 sync` leaves them.
struct FolderStore: ArchiveStore {
    private let root: URL
    let name: String

    /// Throws where there is no such folder, or no `orders` in it.
    init(_ path: String) throws {
        self.root = URL(fileURLWithPath: path, isDirectory: true)
        self.name = self.root.path
        var isFolder: ObjCBool = false
        let orders = self.root.appendingPathComponent("orders").path
        guard FileManager.default.fileExists(atPath: orders, isDirectory: &isFolder), isFolder.boolValue else {
            throw ToolError.badUse(
                "\(path) holds no folder orders: copy the archive there, as by aws s3 sync s3://<bucket>/orders \(path)/orders"
            )
        }
    }

    func keys(from first: String?, before last: String?) async throws -> [String] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: self.root.appendingPathComponent("orders").path)
        return paths.filter { $0.hasSuffix(".gz") }.map { "orders/" + $0 }
            .filter { key in (first.map { $0 <= key } ?? true) && (last.map { key < $0 } ?? true) }.sorted()
    }

    func object(_ key: String) async throws -> StoredObject {
        // Objects of the archive are of one batch each: a batch of Lambda's has 6 MB.
        StoredObject(body: try InputFile.bytes(self.name + "/" + key, limit: 1 << 30))
    }
}
