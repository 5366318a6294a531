package import Platform

extension S3Client {
    /// The keys that start with `prefix`, in the order of their bytes, over as many pages as it takes.
    ///
    /// The tool looks for failed batches with it; no function needs `s3:ListBucket`.
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
}
