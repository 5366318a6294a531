package import AWSClient
internal import COpenSSL
internal import Synchronization

/// What one connection agreed on with its server: nothing of it is secret.
package struct TLSConnection: Sendable, Equatable {
    /// One certificate of the server's chain.
    package struct Certificate: Sendable, Equatable {
        /// Who signed it, as `/C=US/O=Amazon/CN=Amazon RSA 2048 M01`.
        package let issuer: String
        /// The kind of its key: `rsa:2048`, `ec:prime256v1`.
        package let key: String
        /// How it is signed: `sha256WithRSAEncryption`.
        package let signature: String
    }

    /// The host that the client named (SNI); empty where it named none.
    package let host: String
    /// `TLSv1.2`, `TLSv1.3`.
    package let version: String
    /// The cipher suite by OpenSSL's name.
    package let cipher: String
    /// The group of the key exchange; nil where there was none, as in a resumption of TLS 1.2.
    package let group: String?
    /// What the server chose by ALPN; nil where it chose nothing.
    package let applicationProtocol: String?
    /// Whether the connection resumed an earlier session.
    package let isResumed: Bool
    /// The lifetimes of the session tickets that the server sent, in seconds.
    package fileprivate(set) var ticketLifetimes: [Int] = []
    /// The chain as the server sent it, its own certificate first; of a resumption what the session remembers.
    package let chain: [Certificate]
}

/// Keeps what each connection of a transport agreed on, for `orders doctor --record`.
package final class TLSConnectionLog: Sendable {
    private struct State {
        var connections: [TLSConnection] = []
        /// The places of OpenSSL's connections, by their addresses, since their handshakes were done.
        var places: [UInt: Int] = [:]
        /// The lifetimes of tickets that came before that, as in TLS 1.2; in TLS 1.3 they come with the first answer.
        var earlyTickets: [UInt: [Int]] = [:]
    }

    private let state = Mutex(State())

    /// A log without connections.
    package init() {}

    /// The connections in the order of their handshakes.
    package var all: [TLSConnection] { self.state.withLock { $0.connections } }

    /// What a transport has to tell to fill the log.
    package var observer: TLSObserver {
        TLSObserver { connection in
            self.add(connection)
        } received: { message, connection in
            self.add(message, of: connection)
        }
    }

    private func add(_ connection: OpaquePointer) {
        let (address, agreed) = (UInt(bitPattern: connection), TLSConnection(connection))
        self.state.withLock { state in
            state.places[address] = state.connections.count
            state.connections.append(agreed)
            state.connections[state.connections.count - 1].ticketLifetimes =
                state.earlyTickets.removeValue(forKey: address) ?? []
        }
    }

    private func add(_ message: UnsafeRawBufferPointer, of connection: OpaquePointer) {
        let address = UInt(bitPattern: connection)
        if message.first == UInt8(SSL3_MT_SERVER_HELLO) {
            // The address may have been that of an earlier connection.
            return self.state.withLock { $0.places[address] = nil }
        }
        guard let lifetime = Self.ticketLifetime(in: message) else { return }
        self.state.withLock { state in
            if let place = state.places[address] {
                state.connections[place].ticketLifetimes.append(lifetime)
            } else {
                state.earlyTickets[address, default: []].append(lifetime)
            }
        }
    }

    /// The lifetime that a message of a handshake gives a session ticket; nil for any other message.
    ///
    /// It stands behind the message's type and length, in TLS 1.2 (RFC 5077, section 3.3) and in TLS 1.3 (RFC 8446, section
    /// 4.6.1).
    private static func ticketLifetime(in message: UnsafeRawBufferPointer) -> Int? {
        guard message.count >= 8, message[0] == SSL3_MT_NEWSESSION_TICKET else { return nil }
        return message[4..<8].reduce(0) { $0 << 8 | Int($1) }
    }
}

extension TLSConnection {
    /// What OpenSSL's connection agreed on.
    fileprivate init(_ connection: OpaquePointer) {
        self.host = SSL_get_servername(connection, TLSEXT_NAMETYPE_host_name).map { String(cString: $0) } ?? ""
        self.version = SSL_get_version(connection).map { String(cString: $0) } ?? ""
        self.cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(connection)).map { String(cString: $0) } ?? ""
        self.group = Self.group(of: connection)
        self.applicationProtocol = Self.applicationProtocol(of: connection)
        self.isResumed = SSL_session_reused(connection) == 1
        let chain = SSL_get_peer_cert_chain(connection)
        self.chain = (0..<max(0, OPENSSL_sk_num(chain))).compactMap { place in
            OPENSSL_sk_value(chain, place).map { Certificate(OpaquePointer($0)) }
        }
    }

    private static func group(of connection: OpaquePointer) -> String? {
        let number = SSL_ctrl(connection, SSL_CTRL_GET_NEGOTIATED_GROUP, 0, nil)
        guard number > 0, let name = OBJ_nid2sn(Int32(truncatingIfNeeded: number)) else { return nil }
        return String(cString: name)
    }

    private static func applicationProtocol(of connection: OpaquePointer) -> String? {
        var (name, length): (UnsafePointer<UInt8>?, UInt32) = (nil, 0)
        SSL_get0_alpn_selected(connection, &name, &length)
        guard let name, length > 0 else { return nil }
        return String(decoding: UnsafeBufferPointer(start: name, count: Int(length)), as: UTF8.self)
    }
}

extension TLSConnection.Certificate {
    fileprivate init(_ certificate: OpaquePointer) {
        var issuer = [CChar](repeating: 0, count: 512)
        X509_NAME_oneline(X509_get_issuer_name(certificate), &issuer, Int32(issuer.count))
        self.issuer = Self.text(issuer)
        self.key = X509_get0_pubkey(certificate).map { Self.kind(of: $0) } ?? ""
        self.signature = OBJ_nid2ln(X509_get_signature_nid(certificate)).map { String(cString: $0) } ?? ""
    }

    private static func kind(of key: OpaquePointer) -> String {
        let algorithm = EVP_PKEY_get0_type_name(key).map { String(cString: $0).lowercased() } ?? "unknown"
        var (group, length) = ([CChar](repeating: 0, count: 64), 0)
        guard algorithm == "ec", EVP_PKEY_get_group_name(key, &group, group.count, &length) == 1 else {
            return "\(algorithm):\(EVP_PKEY_get_bits(key))"
        }
        return "\(algorithm):\(Self.text(group))"
    }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
