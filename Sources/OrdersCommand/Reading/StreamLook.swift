internal import Platform

/// How far an order was looked for in the part of the stream that is not archived yet.
package enum StreamLook: Sendable, Equatable {
    /// Each shard was read to its end.
    case whole
    /// So many of the shards were read to their ends within so many seconds, and the others in part.
    case part(ended: Int, shards: Int, seconds: Int64)
    /// Nothing was read, or not all, for this reason.
    case failed(String)
    /// Nobody asked for it.
    case notAsked

    /// What is to be said of it, for people; nil where nothing was left out.
    package var line: String? {
        switch self {
        case .whole, .notAsked: nil
        case .part(let ended, let shards, let seconds):
            "What is not archived yet was looked at for \(seconds) s, \(ended) of \(shards.counting("shard")) to the "
                + "end; --read-for SECONDS looks longer."
        case .failed(let reason): "What is not archived yet could not be looked at: \(TerminalText.masked(reason))"
        }
    }
}
