package import Platform
internal import Synchronization

/// AWS Signature Version 4 with its `Authorization` header.
///
/// A value without I/O: same input, same signature.
package struct SigV4Signer: Sendable {
    /// What requests are signed with.
    package let credentials: AWSCredentials
    /// The region that the signature is valid in.
    package let region: String
    /// The signing name: `dynamodb`, `s3`.
    package let service: String
    private let keys: SigningKeyCache

    /// `keys` are those of the same credentials and region, so that a day's key is derived once.
    package init(
        credentials: AWSCredentials,
        region: String,
        service: String,
        keys: SigningKeyCache = SigningKeyCache()
    ) {
        self.credentials = credentials
        self.region = region
        self.service = service
        self.keys = keys
    }

    /// The request with `Host`, `X-Amz-Date`, for temporary credentials `X-Amz-Security-Token`, for S3
    /// `X-Amz-Content-SHA256`, and `Authorization`.
    ///
    /// Whatever is in its headers already is signed too, except what proxies and connections change.
    package func sign(_ request: HTTPRequest, at instant: UTCInstant) -> HTTPRequest {
        var request = request
        let date = instant.iso8601Basic
        let payloadHash = request.headers["X-Amz-Content-SHA256"] ?? Hexadecimal.text(Digest.sha256(request.body))
        request.headers["Host"] = request.headers["Host"] ?? request.endpoint.authority
        request.headers["X-Amz-Date"] = date
        request.headers["X-Amz-Security-Token"] = self.credentials.sessionToken
        if self.isS3 { request.headers["X-Amz-Content-SHA256"] = payloadHash }
        request.headers["Authorization"] = nil
        let headers = Self.canonicalHeaders(request.headers)
        let signedHeaders = Self.signedHeaders(headers)
        let scope = "\(date.prefix(8))/\(self.region)/\(self.service)/aws4_request"
        let canonical = self.canonicalRequest(
            request,
            headers: headers,
            signedHeaders: signedHeaders,
            payloadHash: payloadHash
        )
        let signature = self.signature(of: canonical, date: date, scope: scope)
        request.headers["Authorization"] =
            "AWS4-HMAC-SHA256 Credential=\(self.credentials.accessKeyID)/\(scope), "
            + "SignedHeaders=\(signedHeaders), Signature=\(signature)"
        return request
    }

    private var isS3: Bool { self.service == "s3" }

    private func canonicalRequest(
        _ request: HTTPRequest,
        headers: [(name: String, value: String)],
        signedHeaders: String,
        payloadHash: String
    ) -> String {
        // S3 signs the path as sent; the others normalise it and encode it once more.
        let path =
            self.isS3 ? request.path : PercentEncoding.encode(Self.normalized(request.path), keepingSlashes: true)
        var canonical = "\(request.method.rawValue)\n\(path.isEmpty ? "/" : path)\n"
        canonical += "\(Self.canonicalQuery(request.query))\n"
        for header in headers { canonical += "\(header.name):\(header.value)\n" }
        canonical += "\n\(signedHeaders)\n\(payloadHash)"
        return canonical
    }

    private func signature(of canonicalRequest: String, date: String, scope: String) -> String {
        let hash = Hexadecimal.text(Digest.sha256(Array(canonicalRequest.utf8)))
        let toSign = "AWS4-HMAC-SHA256\n\(date)\n\(scope)\n\(hash)"
        let day = String(date.prefix(8))
        let key = self.keys.key(service: self.service, date: day) { self.signingKey(day: day) }
        return Hexadecimal.text(Digest.hmacSHA256(key: key, Array(toSign.utf8)))
    }

    private func signingKey(day: String) -> [UInt8] {
        [day, self.region, self.service, "aws4_request"].reduce(Array("AWS4\(self.credentials.secretAccessKey)".utf8)) {
            Digest.hmacSHA256(key: $0, Array($1.utf8))
        }
    }

    /// Not by `joined`, here and in the canonical request: the first use of its generic code makes a cold
    /// start dearer (docs/performance.md).
    private static func signedHeaders(_ headers: [(name: String, value: String)]) -> String {
        var names = ""
        for header in headers { names += names.isEmpty ? header.name : ";\(header.name)" }
        return names
    }

    private static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        if query.isEmpty { return "" }
        return
            query
            .map { (name: PercentEncoding.encode($0.name), value: PercentEncoding.encode($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
    }

    /// Fields that proxies and connections add or change; botocore leaves out the same, but for W3C's `traceparent`, which
    /// it does not know and which a proxy that takes part in a trace changes.
    private static let unsigned: Set<String> = [
        "authorization", "connection", "expect", "keep-alive", "proxy-authenticate", "proxy-authorization",
        "proxy-connection", "te", "traceparent", "trailer", "transfer-encoding", "upgrade", "user-agent",
        "x-amzn-trace-id",
    ]

    /// Lower-case names in order; values trimmed, runs of blanks folded, repeated fields joined by commas.
    private static func canonicalHeaders(_ headers: HTTPHeaders) -> [(name: String, value: String)] {
        var canonical: [(name: String, value: String)] = []
        canonical.reserveCapacity(headers.fields.count)
        for field in headers.fields {
            let name = field.name.lowercased()
            if self.unsigned.contains(name) { continue }
            if let place = canonical.firstIndex(where: { $0.name == name }) {
                canonical[place].value += "," + self.folded(field.value)
            } else {
                canonical.append((name, self.folded(field.value)))
            }
        }
        return canonical.sorted { $0.name < $1.name }
    }

    /// Nearly every value is visible ASCII and stays as it is; to look for blanks, splitting goes character by character
    /// through a session token (docs/performance.md).
    private static func folded(_ value: String) -> String {
        var value = value
        if value.withUTF8({ $0.allSatisfy { (0x21...0x7E).contains($0) } }) { return value }
        return value.split { $0 == " " || $0 == "\t" || $0.isNewline }.joined(separator: " ")
    }

    /// The path without `.` and `..` segments and repeated slashes, as botocore does it: RFC 3986, 5.2.4, but that a
    /// last `.` or `..` leaves no slash.
    private static func normalized(_ path: String) -> String {
        if path == "/" { return path }
        var segments: [Substring] = []
        for segment in path.split(separator: "/") {
            switch segment {
            case ".": break
            case "..": _ = segments.popLast()
            default: segments.append(segment)
            }
        }
        return "/" + segments.joined(separator: "/") + (path.hasSuffix("/") && !segments.isEmpty ? "/" : "")
    }
}

/// A day's signing keys, which are four HMACs each: a third of what a signature costs.
///
/// One per session, whose credentials and region stay what they are.
package final class SigningKeyCache: Sendable {
    private struct Entry {
        var date: String
        var key: [UInt8]
    }

    /// By the signing name of the service.
    private let entries = Mutex<[String: Entry]>([:])

    /// A cache that holds no key yet.
    package init() {}

    /// The service's key of that day, derived at its first use.
    func key(service: String, date: String, derive: () -> [UInt8]) -> [UInt8] {
        self.entries.withLock { entries in
            if let entry = entries[service], entry.date == date { return entry.key }
            let key = derive()
            entries[service] = Entry(date: date, key: key)
            return key
        }
    }
}
