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

    private static let algorithm = "AWS4-HMAC-SHA256"

    /// The request with `Host`, `X-Amz-Date`, for temporary credentials `X-Amz-Security-Token`, for S3
    /// `X-Amz-Content-SHA256`, and `Authorization`.
    ///
    /// Whatever is in its headers already is signed too, except what proxies and connections change.
    package func sign(_ request: HTTPRequest, at instant: UTCInstant) -> HTTPRequest {
        var request = request
        let date = instant.iso8601Basic
        let payloadHash = request.headers["X-Amz-Content-SHA256"] ?? Hexadecimal.text(Digest.sha256(request.body))
        if request.headers["Host"] == nil { request.headers["Host"] = request.endpoint.authority }
        request.headers["X-Amz-Date"] = date
        request.headers["X-Amz-Security-Token"] = self.credentials.sessionToken
        if self.isS3 { request.headers["X-Amz-Content-SHA256"] = payloadHash }
        request.headers["Authorization"] = nil
        let headers = CanonicalHeaders(request.headers)
        let hash = Digest.sha256(self.canonicalRequest(request, headers, payloadHash: payloadHash))
        request.headers.append("Authorization", self.authorization(headers, date: date, hash: hash))
        return request
    }

    private var isS3: Bool { self.service == "s3" }

    // Bytes from here on: a string that is put together is looked at and moved again with each piece (docs/performance.md).

    private func canonicalRequest(_ request: HTTPRequest, _ headers: CanonicalHeaders, payloadHash: String) -> [UInt8] {
        // S3 signs the path as sent; the others normalise it and encode it once more.
        let path =
            self.isS3 ? request.path : PercentEncoding.encode(Self.normalized(request.path), keepingSlashes: true)
        let query = request.query.isEmpty ? "" : Self.canonicalQuery(request.query)
        var text: [UInt8] = []
        text.reserveCapacity(
            path.utf8.count + query.utf8.count + headers.lines.count + headers.names.count + Self.roomForTheRest
        )
        text += request.method.rawValue.utf8
        text.append(.lineFeed)
        text += (path.isEmpty ? "/" : path).utf8
        text.append(.lineFeed)
        text += query.utf8
        text.append(.lineFeed)
        text += headers.lines
        text.append(.lineFeed)
        text += headers.names
        text.append(.lineFeed)
        text += payloadHash.utf8
        return text
    }

    /// The value of `Authorization`; `hash` is that of the canonical request.
    private func authorization(_ headers: CanonicalHeaders, date: String, hash: [UInt8]) -> String {
        let day = String(Substring(date.utf8.prefix(8)))
        var scope: [UInt8] = []
        scope.reserveCapacity(Self.roomForTheRest)
        scope += day.utf8
        scope.append(UInt8(ascii: "/"))
        scope += self.region.utf8
        scope.append(UInt8(ascii: "/"))
        scope += self.service.utf8
        scope += "/aws4_request".utf8
        var toSign: [UInt8] = []
        toSign.reserveCapacity(2 * Self.roomForTheRest)
        toSign += Self.algorithm.utf8
        toSign.append(.lineFeed)
        toSign += date.utf8
        toSign.append(.lineFeed)
        toSign += scope
        toSign.append(.lineFeed)
        Hexadecimal.append(hash, to: &toSign)
        let key = self.keys.key(service: self.service, day: day) { self.signingKey(day: day) }
        var value: [UInt8] = []
        value.reserveCapacity(headers.names.count + 3 * Self.roomForTheRest)
        value += Self.algorithm.utf8
        value += " Credential=".utf8
        value += self.credentials.accessKeyID.utf8
        value.append(UInt8(ascii: "/"))
        value += scope
        value += ", SignedHeaders=".utf8
        value += headers.names
        value += ", Signature=".utf8
        Hexadecimal.append(key.code(of: toSign), to: &value)
        return String(decoding: value, as: UTF8.self)
    }

    /// Bytes that a scope, a hash, and names of methods and members take.
    private static let roomForTheRest = 96

    private func signingKey(day: String) -> Digest.KeyedHMAC {
        let key = [day, self.region, self.service, "aws4_request"].reduce(
            Array("AWS4\(self.credentials.secretAccessKey)".utf8)
        ) {
            Digest.hmacSHA256(key: $0, Array($1.utf8))
        }
        return Digest.KeyedHMAC(key: key)
    }

    private static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query
            .map { (name: PercentEncoding.encode($0.name), value: PercentEncoding.encode($0.value)) }
            .sorted { ($0.name, $0.value) < ($1.name, $1.value) }
            .map { "\($0.name)=\($0.value)" }
            .joined(separator: "&")
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
        let service: String
        let day: String
        let key: Digest.KeyedHMAC
    }

    /// One for each signing name: a session has a handful of services.
    private let entries = Mutex<[Entry]>([])

    /// A cache that holds no key yet.
    package init() {}

    /// The service's key of that day, derived at its first use.
    func key(service: String, day: String, derive: () -> Digest.KeyedHMAC) -> Digest.KeyedHMAC {
        self.entries.withLock { entries in
            let place = entries.firstIndex { $0.service == service }
            if let place, entries[place].day == day { return entries[place].key }
            let entry = Entry(service: service, day: day, key: derive())
            if let place { entries[place] = entry } else { entries.append(entry) }
            return entry.key
        }
    }
}
