package import Platform

/// S3 as handlers see it.
///
/// `S3Client` is the real one, `InMemoryS3` of `TestSupport` the fake.
package protocol S3Operations: Sendable {
    /// Throws `.preconditionFailed` if `ifNoneMatch` is asked for and the key exists.
    @discardableResult
    func putObject(_ input: PutObjectInput, deadline: UTCInstant?) async throws(AWSError) -> PutObjectOutput

    /// Throws `.notFound` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    func headObject(bucket: String, key: String, deadline: UTCInstant?) async throws(AWSError) -> S3ObjectInfo

    /// Throws `.noSuchKey` if there is no such object (or `.accessDenied` without `s3:ListBucket`).
    func getObject(bucket: String, key: String, deadline: UTCInstant?) async throws(AWSError) -> GetObjectOutput
}

/// Writes one object in one request.
///
/// Its SHA-256 goes along and is verified by S3.
package struct PutObjectInput: Sendable, Equatable {
    package var bucket: String
    package var key: String
    package var body: [UInt8]
    package var contentType: String?
    package var contentEncoding: String?
    /// User metadata, without the `x-amz-meta-` prefix; names in lower case, printable ASCII, 2 KB together.
    package var metadata: [String: String]
    /// `If-None-Match: *`: fail with `.preconditionFailed` rather than replace an object.
    package var ifNoneMatch: Bool

    package init(
        bucket: String,
        key: String,
        body: [UInt8],
        contentType: String? = nil,
        contentEncoding: String? = nil,
        metadata: [String: String] = [:],
        ifNoneMatch: Bool = false
    ) {
        self.bucket = bucket
        self.key = key
        self.body = body
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.metadata = metadata
        self.ifNoneMatch = ifNoneMatch
    }
}

/// What S3 says about the object it wrote.
package struct PutObjectOutput: Sendable, Equatable {
    package var eTag: String?

    package init(eTag: String?) {
        self.eTag = eTag
    }
}

/// An object without its content.
package struct S3ObjectInfo: Sendable, Equatable {
    package var eTag: String?
    package var contentLength: Int
    package var contentType: String?
    package var contentEncoding: String?
    /// User metadata, names in lower case without the `x-amz-meta-` prefix.
    package var metadata: [String: String]

    package init(
        eTag: String? = nil,
        contentLength: Int,
        contentType: String? = nil,
        contentEncoding: String? = nil,
        metadata: [String: String] = [:]
    ) {
        self.eTag = eTag
        self.contentLength = contentLength
        self.contentType = contentType
        self.contentEncoding = contentEncoding
        self.metadata = metadata
    }
}

/// A whole object.
package struct GetObjectOutput: Sendable, Equatable {
    package var info: S3ObjectInfo
    /// As stored: content encodings are not undone.
    package var body: [UInt8]

    package init(info: S3ObjectInfo, body: [UInt8]) {
        self.info = info
        self.body = body
    }
}
