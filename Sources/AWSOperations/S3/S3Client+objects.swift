package import AWSClient
package import Platform

extension S3Client {
    /// Throws `.noSuchKey` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    package func getObject(
        bucket: String,
        key: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> GetObjectOutput {
        var request = self.request("GetObject", .get, bucket: bucket, key: key)
        request.isAnsweredByContent = true
        return try await self.session.send(request, deadline: deadline) { response in
            GetObjectOutput(info: try Self.info(response), body: response.body)
        }
    }

    /// The keys that start with `prefix`, in the order of their bytes, over as many pages as it takes.
    ///
    /// The tool reads the archive with it; no function needs `s3:ListBucket`.
    package func listKeys(bucket: String, prefix: String, deadline: UTCInstant?) async throws(AWSError) -> [String] {
        var keys: [String] = []
        try await AWSSession.forEachPage(of: "S3.ListObjectsV2") { token throws(AWSError) in
            var request = self.request("ListObjectsV2", .get, bucket: bucket, key: "")
            request.query = [(name: "list-type", value: "2"), (name: "prefix", value: prefix)]
            if let token { request.query.append((name: "continuation-token", value: token)) }
            let page = try await self.session.send(request, deadline: deadline) { response in
                let root = try XMLElement(parsing: response.body)
                guard root.name == "ListBucketResult" else { throw UnexpectedAnswer.without("ListBucketResult") }
                return root
            }
            keys += page.children.filter { $0.name == "Contents" }.compactMap { $0.text(of: "Key") }
            return page.text(of: "NextContinuationToken")
        }
        return keys
    }

    /// Whether any key starts with `prefix`: one request, whatever there is.
    package func hasKeys(bucket: String, prefix: String, deadline: UTCInstant?) async throws(AWSError) -> Bool {
        var request = self.request("ListObjectsV2", .get, bucket: bucket, key: "")
        request.query = [
            (name: "list-type", value: "2"), (name: "max-keys", value: "1"), (name: "prefix", value: prefix),
        ]
        return try await self.session.send(request, deadline: deadline) { response in
            let root = try XMLElement(parsing: response.body)
            guard root.name == "ListBucketResult" else { throw UnexpectedAnswer.without("ListBucketResult") }
            return root.children.contains { $0.name == "Contents" }
        }
    }

    /// Deletes the object; one that is not there is no error.
    ///
    /// The tool takes away with it what its probe has put; no function needs `s3:DeleteObject`.
    package func deleteObject(bucket: String, key: String, deadline: UTCInstant?) async throws(AWSError) {
        let request = self.request("DeleteObject", .delete, bucket: bucket, key: key)
        try await self.session.send(request, deadline: deadline, read: Self.readNothing)
    }
}

extension S3Operations {
    /// `putObject` as the tool calls it: a few attempts before the deadline.
    package func putObject(_ input: PutObjectInput, deadline: UTCInstant?) async throws(AWSError) {
        try await self.putObject(input, until: .attempts(before: deadline))
    }
}

/// A whole object.
package struct GetObjectOutput: Sendable, Equatable {
    /// What S3 says about the object.
    package var info: S3ObjectInfo
    /// As stored: content encodings are not undone.
    package var body: [UInt8]

    /// An object with its content.
    package init(info: S3ObjectInfo, body: [UInt8]) {
        self.info = info
        self.body = body
    }
}
