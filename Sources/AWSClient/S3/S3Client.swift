internal import JSONText
package import Platform

/// S3 over the network: whole objects in one request.
package struct S3Client: S3Operations {
    let session: AWSSession
    private static let metadataPrefix = "x-amz-meta-"

    package init(session: AWSSession) {
        self.session = session
    }

    @discardableResult
    package func putObject(
        _ input: PutObjectInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> PutObjectOutput {
        var request = self.request("PutObject", .put, bucket: input.bucket, key: input.key)
        request.headers["Content-Type"] = input.contentType ?? "application/octet-stream"
        request.headers["Content-Encoding"] = input.contentEncoding
        request.headers["If-None-Match"] = input.ifNoneMatch ? "*" : nil
        for (name, value) in input.metadata { request.headers[Self.metadataPrefix + name] = value }
        let digest = Digest.sha256(input.body)
        request.headers["X-Amz-Content-SHA256"] = Digest.hexadecimal(digest)
        request.headers["x-amz-checksum-sha256"] = Base64.encode(digest)
        request.body = input.body
        return try await self.session.send(request, deadline: deadline) { response in
            try Self.readNothing(response)
            return PutObjectOutput(eTag: try Self.eTag(of: response))
        }
    }

    package func headObject(
        bucket: String,
        key: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> S3ObjectInfo {
        let request = self.request("HeadObject", .head, bucket: bucket, key: key)
        return try await self.session.send(request, deadline: deadline, read: Self.info)
    }

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

    /// `https://bucket.s3.…/key`; with an endpoint override, or a name with dots, which no certificate covers,
    /// `…/bucket/key`.
    func request(
        _ operation: String,
        _ method: HTTPRequest.Method,
        bucket: String,
        key: String
    ) -> AWSRequest {
        var request = AWSRequest(service: .s3, operation: operation, method: method)
        let path = "/" + PercentEncoding.encode(key, keepingSlashes: true)
        if self.session.configuration.override(for: .s3) == nil, Self.isHostLabel(bucket) {
            request.hostLabel = bucket
            request.path = path
        } else {
            request.path = "/" + PercentEncoding.encode(bucket) + path
        }
        return request
    }

    private static func isHostLabel(_ bucket: String) -> Bool {
        (3...63).contains(bucket.utf8.count)
            && bucket.utf8.first != UInt8(ascii: "-") && bucket.utf8.last != UInt8(ascii: "-")
            && bucket.utf8.allSatisfy { byte in
                byte == UInt8(ascii: "-") || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                    || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
            }
    }

    /// Reads an answer that has no body; whatever comes in its place is not S3's, or the rest of an error.
    static func readNothing(_ response: HTTPResponse) throws {
        guard response.body.isEmpty else { throw UnexpectedAnswer.withBody }
    }

    /// S3 names the ETag of every object that it stored or has; an answer without one is somebody else's.
    private static func eTag(of response: HTTPResponse) throws -> String {
        guard let eTag = response.headers["ETag"] else { throw UnexpectedAnswer.without("ETag") }
        return eTag
    }

    private static func info(_ response: HTTPResponse) throws -> S3ObjectInfo {
        var metadata: [String: String] = [:]
        for field in response.headers.fields {
            let name = field.name.lowercased()
            guard name.hasPrefix(Self.metadataPrefix) else { continue }
            metadata[String(name.dropFirst(Self.metadataPrefix.count))] = field.value
        }
        return S3ObjectInfo(
            eTag: try Self.eTag(of: response),
            contentLength: response.headers["Content-Length"].flatMap { Int($0) } ?? response.body.count,
            contentType: response.headers["Content-Type"],
            contentEncoding: response.headers["Content-Encoding"],
            metadata: metadata
        )
    }
}
