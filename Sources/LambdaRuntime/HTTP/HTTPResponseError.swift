/// Bytes that are not an HTTP/1.1 response, or more of them than the runtime takes.
package enum HTTPResponseError: Error, Sendable, Equatable, CustomStringConvertible {
    case malformedStatusLine
    case malformedHeader
    case malformedLength
    case malformedChunk
    case unsupportedEncoding
    case headTooLarge
    case bodyTooLarge
    /// The connection ended in the middle.
    case truncated

    package var description: String {
        switch self {
        case .malformedStatusLine: "the status line is not one of HTTP/1.x"
        case .malformedHeader: "a header line is malformed"
        case .malformedLength: "the content length is not a number or contradicts itself"
        case .malformedChunk: "a chunk of the body is malformed"
        case .unsupportedEncoding: "the transfer encoding is not chunked"
        case .headTooLarge: "the head has more than \(HTTPResponseReader.largestHead) bytes"
        case .bodyTooLarge: "the body has more than \(HTTPResponseReader.largestBody) bytes"
        case .truncated: "the connection ended before the response did"
        }
    }
}
