/// Why a request to the Runtime API has no answer, told apart by what may be done next.
package enum ConnectionFailure: Error, Sendable, Equatable, CustomStringConvertible {
    /// There is no connection and none can be made: nothing was sent.
    case unreachable(reason: String)
    /// The server had closed its end, so that it cannot have read the request: it may be sent again.
    case notDelivered
    /// The server closed its end while the request was on its way, mostly before it read it all.
    ///
    /// A reset says no more than that: a server that closes with the request unread sends one, and one that discards the
    /// connection after reading may do so too. Hence a response is sent again once and not more.
    case reset
    /// The connection ended after the request was sent: the server may have acted on it.
    case lost
    /// The server did not answer in time.
    case timedOut
    /// The answer is not HTTP.
    case malformed(HTTPResponseError)
    /// An event that nobody asked for stands where the answer should: from here on every answer would be another one's.
    case outOfStep

    package var description: String {
        switch self {
        case .unreachable(let reason): "no connection to the Runtime API: \(reason)"
        case .notDelivered: "the Runtime API closed the connection before it took the request"
        case .reset: "the Runtime API closed the connection while the request was on its way"
        case .lost: "the connection to the Runtime API ended before its answer"
        case .timedOut: "the Runtime API did not answer in time"
        case .malformed(let error): "the answer of the Runtime API cannot be read: \(error)"
        case .outOfStep: "the Runtime API sent an event instead of its answer"
        }
    }
}
