package import AWSClient
internal import Synchronization

/// S3 as far as the functions use it: objects that `If-None-Match` protects.
package final class InMemoryS3: S3Operations {
    private let objects = Mutex<[String: PutObjectInput]>([:])
    private let faults: FaultInjector

    package init(faults: FaultInjector = FaultInjector()) {
        self.faults = faults
    }

    /// Everything that was written, by name.
    package var contents: [String: PutObjectInput] { self.objects.withLock { $0 } }

    /// Puts an object there, whatever was.
    package func seed(_ input: PutObjectInput) {
        self.objects.withLock { $0[input.key] = input }
    }

    package func putObject(_ input: PutObjectInput, until limit: CallLimit) async throws(AWSError) {
        try await self.faults.perform("S3.PutObject", until: limit) { () throws(AWSError) in
            let isWritten = self.objects.withLock { objects in
                if input.ifNoneMatch, objects[input.key] != nil { return false }
                objects[input.key] = input
                return true
            }
            guard isWritten else {
                throw AWSError(code: .preconditionFailed, message: "", operation: "S3.PutObject", statusCode: 412)
            }
        }
    }

    package func headObject(bucket: String, key: String, until limit: CallLimit) async throws(AWSError) -> S3ObjectInfo
    {
        try await self.faults.perform("S3.HeadObject", until: limit) { () throws(AWSError) in
            S3ObjectInfo(metadata: try self.object(key, .notFound, "S3.HeadObject").metadata)
        }
    }

    private func object(_ key: String, _ missing: AWSError.Code, _ operation: String) throws(AWSError) -> PutObjectInput
    {
        guard let object = self.objects.withLock({ $0[key] }) else {
            throw AWSError(code: missing, message: "", operation: operation, statusCode: 404)
        }
        return object
    }
}
