internal import AWSOperations
internal import Foundation

/// What a connection agreed on, as `orders doctor --record` keeps it.
package struct RecordedConnection: Codable, Sendable, Equatable {
    /// One certificate of the server's chain.
    package struct Certificate: Codable, Sendable, Equatable {
        /// Who signed it.
        package var issuer: String
        /// The kind of its key: `rsa:2048`, `ec:prime256v1`.
        package var key: String
        /// How it is signed.
        package var signature: String
    }

    /// The file that has all of them.
    package static let fileName = "connections.json"

    /// The host that the client named.
    package var host: String
    /// `TLSv1.2`, `TLSv1.3`.
    package var version: String
    /// The cipher suite by OpenSSL's name.
    package var cipher: String
    /// The group of the key exchange.
    package var group: String?
    /// What the server chose by ALPN.
    package var applicationProtocol: String?
    /// Whether an earlier session was resumed.
    package var isResumed: Bool
    /// The lifetimes of the session tickets that came, in seconds.
    package var ticketLifetimes: [Int]
    /// The server's chain, its own certificate first.
    package var chain: [Certificate]

    private init(_ connection: TLSConnection, accountID: String) {
        self.host = RecordedAnswer.withoutAccount(connection.host, accountID)
        self.version = connection.version
        self.cipher = connection.cipher
        self.group = connection.group
        self.applicationProtocol = connection.applicationProtocol
        self.isResumed = connection.isResumed
        self.ticketLifetimes = connection.ticketLifetimes
        self.chain = connection.chain.map {
            Certificate(issuer: $0.issuer, key: $0.key, signature: $0.signature)
        }
    }

    /// Writes each different connection once; nothing where there was no TLS.
    static func write(
        _ connections: [TLSConnection],
        to folder: URL,
        accountID: String,
        _ encoder: JSONEncoder
    ) throws {
        var different: [RecordedConnection] = []
        for connection in connections.map({ RecordedConnection($0, accountID: accountID) })
        where !different.contains(connection) { different.append(connection) }
        guard !different.isEmpty else { return }
        try encoder.encode(different).write(to: folder.appendingPathComponent(Self.fileName))
    }
}
