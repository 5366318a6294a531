internal import JSONText
package import Platform

extension AWSService {
    /// S3.
    package static let s3 = AWSService(
        name: "S3",
        environmentName: "S3",
        hostPrefix: "s3",
        wireProtocol: .restXML,
        dualStackHost: .dualStackLabel,
        govCloudFIPS: .none,
        // Answers to HEAD have no body.
        bodilessErrors: [
            BodilessError(statusCode: 409, code: .conditionalRequestConflict),
            BodilessError(statusCode: 412, code: .preconditionFailed),
        ]
    )
}

/// S3 as functions see it.
///
/// `S3Client` is the real one, `InMemoryS3` of `TestSupport` the fake.
package protocol S3Operations: Sendable {
    /// Throws `.preconditionFailed` if `ifNoneMatch` is asked for and the key exists.
    func putObject(_ input: PutObjectInput, until limit: CallLimit) async throws(AWSError)

    /// Throws `.notFound` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    func headObject(bucket: String, key: String, until limit: CallLimit) async throws(AWSError) -> S3ObjectInfo
}

/// S3 over the network: whole objects in one request.
package struct S3Client: S3Operations {
    /// What calls go through.
    package let session: AWSSession
    private static let metadataPrefix = "x-amz-meta-"

    /// S3 by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// Throws `.preconditionFailed` if an object must not be replaced and is there.
    package func putObject(_ input: PutObjectInput, until limit: CallLimit) async throws(AWSError) {
        var request = self.request("PutObject", .put, bucket: input.bucket, key: input.key)
        request.headers["Content-Type"] = input.contentType ?? "application/octet-stream"
        request.headers["If-None-Match"] = input.ifNoneMatch ? "*" : nil
        for (name, value) in input.metadata { request.headers[Self.metadataPrefix + name] = value }
        let digest = Digest.sha256(input.body)
        request.headers["X-Amz-Content-SHA256"] = Hexadecimal.text(digest)
        request.headers["x-amz-checksum-sha256"] = Base64.encode(digest)
        request.body = input.body
        try await self.session.send(request, until: limit) { response in
            try Self.readNothing(response)
            try Self.requireETag(of: response)
        }
    }

    /// Throws `.notFound` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    package func headObject(
        bucket: String,
        key: String,
        until limit: CallLimit
    ) async throws(AWSError) -> S3ObjectInfo {
        let request = self.request("HeadObject", .head, bucket: bucket, key: key)
        return try await self.session.send(request, until: limit, read: Self.info)
    }

    /// A request for `https://bucket.s3.…/key`; with an endpoint override, or a name with dots, which no certificate covers,
    /// `…/bucket/key`.
    package func request(
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
            && bucket.utf8.allSatisfy(HostLabel.canHold)
    }

    /// Reads an answer that has no body; whatever comes in its place is not S3's, or the rest of an error.
    package static func readNothing(_ response: HTTPResponse) throws {
        guard response.body.isEmpty else { throw UnexpectedAnswer.withBody }
    }

    /// S3 names the ETag of every object that it stored or has; an answer without one is somebody else's.
    private static func requireETag(of response: HTTPResponse) throws {
        guard response.headers["ETag"] != nil else { throw UnexpectedAnswer.without("ETag") }
    }

    /// Reads what the answer's head says about an object.
    package static func info(_ response: HTTPResponse) throws -> S3ObjectInfo {
        try Self.requireETag(of: response)
        var metadata: [String: String] = [:]
        for field in response.headers.fields {
            let name = field.name.lowercased()
            guard name.hasPrefix(Self.metadataPrefix) else { continue }
            metadata[String(name.dropFirst(Self.metadataPrefix.count))] = field.value
        }
        return S3ObjectInfo(
            lastModified: response.headers["Last-Modified"].flatMap(HTTPDate.parse),
            metadata: metadata
        )
    }
}

/// S3 for the work on one invocation: each call is tried until it succeeds, cannot succeed, or work has to end.
package struct BoundS3: Sendable {
    private let client: any S3Operations
    private let limit: CallLimit

    /// The calls of `client`, each tried until `deadline`.
    package init(_ client: any S3Operations, until deadline: WorkDeadline) {
        self.client = client
        self.limit = .work(until: deadline)
    }

    /// Throws `.preconditionFailed` if `ifNoneMatch` is asked for and the key exists.
    package func putObject(_ input: PutObjectInput) async throws(AWSError) {
        try await self.client.putObject(input, until: self.limit)
    }

    /// Throws `.notFound` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    package func headObject(bucket: String, key: String) async throws(AWSError) -> S3ObjectInfo {
        try await self.client.headObject(bucket: bucket, key: key, until: self.limit)
    }
}

/// Writes one object in one request.
///
/// Its SHA-256 goes along and is verified by S3.
package struct PutObjectInput: Sendable, Equatable {
    /// The bucket's name.
    package var bucket: String
    /// The object's key.
    package var key: String
    /// The object's content.
    package var body: [UInt8]
    /// The object's `Content-Type`.
    package var contentType: String?
    /// User metadata, without the `x-amz-meta-` prefix; names in lower case, printable ASCII, 2 KB together.
    package var metadata: [String: String]
    /// `If-None-Match: *`: fail with `.preconditionFailed` rather than replace an object.
    package var ifNoneMatch: Bool

    /// A write of the object, by default over one that is there.
    package init(
        bucket: String,
        key: String,
        body: [UInt8],
        contentType: String? = nil,
        metadata: [String: String] = [:],
        ifNoneMatch: Bool = false
    ) {
        self.bucket = bucket
        self.key = key
        self.body = body
        self.contentType = contentType
        self.metadata = metadata
        self.ifNoneMatch = ifNoneMatch
    }
}

/// An object without its content.
package struct S3ObjectInfo: Sendable, Equatable {
    /// When it was written, to seconds, by which S3 expires it; nil where nothing says so.
    package var lastModified: UTCInstant?
    /// User metadata, names in lower case without the `x-amz-meta-` prefix.
    package var metadata: [String: String]

    /// What S3 says about an object.
    package init(lastModified: UTCInstant? = nil, metadata: [String: String] = [:]) {
        self.lastModified = lastModified
        self.metadata = metadata
    }
}
