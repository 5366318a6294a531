/// One HTTP answer, its body complete.
package struct HTTPResponse: Sendable {
    package var statusCode: Int
    package var headers: HTTPHeaders
    package var body: [UInt8]

    package init(statusCode: Int, headers: HTTPHeaders = [:], body: [UInt8] = []) {
        self.statusCode = statusCode
        self.headers = headers
        self.body = body
    }

    package var isSuccess: Bool { (200..<300).contains(self.statusCode) }
}
