internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

@Suite struct S3ClientTests {
    private func sent(
        bucket: String,
        key: String,
        environment: [String: String] = [:]
    ) async throws -> HTTPRequest {
        let transport = ScriptedTransport([.xml(200, "", headers: ["ETag": "\"1\""])])
        let input = PutObjectInput(
            bucket: bucket,
            key: key,
            body: Array("abc".utf8),
            contentType: "application/gzip",
            metadata: ["last-sequence-number": "49"],
            ifNoneMatch: true
        )
        let client = S3Client(session: try .scripted(transport, environment: environment))
        try await client.putObject(input, deadline: nil)
        return try #require(transport.requests.first)
    }

    @Test(arguments: [
        ("bucket", "a.gz", "https://bucket.s3.eu-central-1.amazonaws.com/a.gz"),
        (
            "bucket", "dt=2025/ä +?#%.gz",
            "https://bucket.s3.eu-central-1.amazonaws.com/dt%3D2025/%C3%A4%20%2B%3F%23%25.gz"
        ),
        ("bucket", "a//./../b", "https://bucket.s3.eu-central-1.amazonaws.com/a//./../b"),
        ("with.dots", "k", "https://s3.eu-central-1.amazonaws.com/with.dots/k"),
        ("Upper_Case", "k", "https://s3.eu-central-1.amazonaws.com/Upper_Case/k"),
    ])
    func `addresses bucket and key`(bucket: String, key: String, url: String) async throws {
        #expect(try await self.sent(bucket: bucket, key: key).url == url)
    }

    @Test func `an override is addressed by path`() async throws {
        let request = try await self.sent(
            bucket: "bucket",
            key: "a=b",
            environment: ["AWS_ENDPOINT_URL_S3": "http://127.0.0.1:9000/s3/"]
        )
        #expect(request.url == "http://127.0.0.1:9000/s3/bucket/a%3Db")
        #expect(request.headers["Host"] == "127.0.0.1:9000")
    }

    @Test func `sends condition, checksum and metadata`() async throws {
        let headers = try await self.sent(bucket: "bucket", key: "k").headers
        #expect(headers["If-None-Match"] == "*")
        #expect(headers["x-amz-meta-last-sequence-number"] == "49")
        #expect(headers["Content-Type"] == "application/gzip")
        // SHA-256 of "abc" (FIPS 180-4).
        #expect(
            headers["X-Amz-Content-SHA256"] == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(headers["x-amz-checksum-sha256"] == "ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=")
        let signed = try #require(headers["Authorization"])
        #expect(
            signed.contains("x-amz-checksum-sha256;x-amz-content-sha256;x-amz-date;x-amz-meta-last-sequence-number")
        )
        #expect(signed.contains("if-none-match"))
    }

    @Test func `repeats a conflict but not a failed precondition`() async throws {
        let conflict = "<Error><Code>ConditionalRequestConflict</Code></Error>"
        let transport = ScriptedTransport([.xml(409, conflict), .xml(412, "")])
        let client = S3Client(session: try .scripted(transport))
        let error = await #expect(throws: AWSError.self) {
            try await client.putObject(.init(bucket: "bucket", key: "k", body: [], ifNoneMatch: true), deadline: nil)
        }
        #expect(error?.code == .preconditionFailed)
        #expect(transport.requests.count == 2)
    }

    @Test func `reads an object`() async throws {
        let headers: HTTPHeaders = [
            "X-Amz-Meta-Last-Sequence-Number": "49", "Content-Type": "application/gzip", "ETag": "\"e\"",
            "Last-Modified": "Wed, 27 Aug 2025 18:08:00 GMT",
        ]
        let info = S3ObjectInfo(
            lastModified: UTCInstant(secondsSince1970: 1_756_318_080),
            metadata: ["last-sequence-number": "49"]
        )
        let transport = ScriptedTransport([.xml(200, "abc", headers: headers), .xml(200, "", headers: headers)])
        let client = S3Client(session: try .scripted(transport))
        let object = try await client.getObject(bucket: "bucket", key: "k", deadline: nil)
        #expect(object == GetObjectOutput(info: info, body: Array("abc".utf8)))
        #expect(try await client.headObject(bucket: "bucket", key: "k", deadline: nil) == info)
        #expect(transport.requests.map(\.method) == [.get, .head])
    }

    @Test(arguments: [(404, AWSError.Code.notFound), (403, .accessDenied), (412, .preconditionFailed)])
    func `names an empty refusal by its status`(status: Int, code: AWSError.Code) async throws {
        let client = S3Client(session: try .scripted(ScriptedTransport([.xml(status, "")])))
        let error = await #expect(throws: AWSError.self) {
            try await client.headObject(bucket: "bucket", key: "k", deadline: nil)
        }
        #expect(error?.code == code)
    }

    @Test func `deletes an object`() async throws {
        let transport = ScriptedTransport([.xml(204, "")])
        try await S3Client(session: try .scripted(transport)).deleteObject(bucket: "bucket", key: "a b", deadline: nil)
        let request = try #require(transport.requests.first)
        #expect(request.method == .delete)
        #expect(request.url == "https://bucket.s3.eu-central-1.amazonaws.com/a%20b")
    }
}
