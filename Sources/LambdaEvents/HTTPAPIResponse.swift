internal import JSONText

/// An answer to a request of an HTTP API, in payload format 2.0.
package struct HTTPAPIResponse: Sendable, Equatable {
    /// The status code, as 202.
    package var status: Int
    /// Names in lower case.
    package var headers: [(name: String, value: String)]
    /// UTF-8 text.
    package var body: [UInt8]

    /// An answer with these headers and this body.
    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// Whether two answers are the same, the order of their headers included.
    package static func == (left: HTTPAPIResponse, right: HTTPAPIResponse) -> Bool {
        left.status == right.status && left.body == right.body
            && left.headers.elementsEqual(right.headers) { $0 == $1 }
    }

    /// The function's answer: `{"statusCode":202,"headers":{…},"body":"…"}`.
    package var json: [UInt8] {
        var writer = JSONWriter(reservingCapacity: 256 + self.body.count + self.body.count / 4)
        writer.object { writer in
            writer.key("statusCode")
            writer.integer(self.status)
            writer.key("headers")
            writer.object { writer in
                for header in self.headers { writer.member(header.name, header.value) }
            }
            writer.member("body", String(decoding: self.body, as: UTF8.self))
        }
        return writer.bytes
    }
}
