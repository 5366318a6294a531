internal import AWSClient

/// S3 as far as the pipeline uses it: whole objects, `If-None-Match`, metadata.
package struct SimulatedS3 {
    /// An object as it is stored.
    package struct Object: Sendable {
        package let body: [UInt8]
        /// Names in lower case, without the prefix `x-amz-meta-`.
        package let metadata: [String: String]
        let eTag: String
    }

    /// By bucket and key, `bucket/key`.
    private var objects: [String: Object] = [:]
    private var writes = 0
    /// What is broken on purpose.
    package var weakness: Weakness?
    /// The names of objects that were written although they were there, `bucket/key`.
    package private(set) var overwritten: [String] = []

    package init() {}

    /// The object's names in a bucket that begin with `prefix`, in order.
    package func keys(_ bucket: String, prefix: String = "") -> [String] {
        let start = bucket + "/"
        return self.objects.keys.filter { $0.hasPrefix(start + prefix) }.map { String($0.dropFirst(start.count)) }
            .sorted { $0.precedesByBytes($1) }
    }

    /// An object, if there is one.
    package func object(_ bucket: String, _ key: String) -> Object? { self.objects[bucket + "/" + key] }

    /// Stores an object as somebody who asks for no condition.
    package mutating func put(_ bucket: String, _ key: String, _ body: [UInt8], metadata: [String: String] = [:]) {
        let name = bucket + "/" + key
        if self.objects[name] != nil { self.overwritten.append(name) }
        self.writes += 1
        self.objects[name] = Object(body: body, metadata: metadata, eTag: "\"etag-\(self.writes)\"")
    }

    /// Carries out a request for `bucket/key`.
    mutating func perform(_ request: HTTPRequest, _ bucket: String, _ key: String) throws -> HTTPResponse {
        switch request.method {
        case .put:
            if request.headers["If-None-Match"] == "*", self.weakness != .archiveObjects,
                self.object(bucket, key) != nil
            {
                throw ServiceError(
                    412,
                    "PreconditionFailed",
                    "At least one of the pre-conditions you specified did not hold"
                )
            }
            var metadata: [String: String] = [:]
            for field in request.headers.fields where field.name.lowercased().hasPrefix("x-amz-meta-") {
                metadata[String(field.name.lowercased().dropFirst("x-amz-meta-".count))] = field.value
            }
            self.put(bucket, key, request.body, metadata: metadata)
            return HTTPResponse(statusCode: 200, headers: ["ETag": self.object(bucket, key)?.eTag ?? ""])
        case .head, .get:
            guard let object = self.object(bucket, key) else {
                throw ServiceError(404, "NoSuchKey", "The specified key does not exist.")
            }
            var headers: HTTPHeaders = ["ETag": object.eTag, "Content-Length": String(object.body.count)]
            for (name, value) in object.metadata.sorted(by: { $0.key < $1.key }) {
                headers.append("x-amz-meta-" + name, value)
            }
            return HTTPResponse(statusCode: 200, headers: headers, body: request.method == .head ? [] : object.body)
        case .post, .delete: throw ServiceError(405, "MethodNotAllowed", "The simulated S3 does not know this method.")
        }
    }
}
