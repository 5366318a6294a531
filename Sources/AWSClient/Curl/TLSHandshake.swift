internal import CCurl
internal import COpenSSL

/// What OpenSSL tells of a transfer's handshakes; with a proxy that speaks TLS there are two.
///
/// libcurl's code for a handshake that failed tells neither who ended it nor why, and its text is OpenSSL's first error.
/// Who refused whom, and for what, is in the alerts (RFC 8446, section 6).
///
/// A connection may outlive the transfer that made it, so that OpenSSL's context, too, keeps this object.
final class TLSHandshake {
    private let trust: CurlTrust
    private let observer: TLSObserver?
    /// What we told the server before we ended the connection.
    private(set) var sentAlert: Int32?
    /// What the server told us before it ended the connection.
    private(set) var receivedAlert: Int32?
    /// OpenSSL's verdict on the server's chain of certificates.
    private(set) var verifyResult = Int(X509_V_OK)

    init(trust: CurlTrust, observer: TLSObserver?) {
        self.trust = trust
        self.observer = observer
    }

    /// Has OpenSSL tell this object about the connections of a transfer, which has to keep it.
    func observe(_ handle: UnsafeMutableRawPointer) {
        self.trust.set(on: handle)
        ccurl_set_pointer(handle, CURLOPT_SSL_CTX_DATA, Unmanaged.passUnretained(self).toOpaque())
        ccurl_set_context_callback(handle, CURLOPT_SSL_CTX_FUNCTION) { _, context, handshake in
            // Set above.
            let handshake = Unmanaged<TLSHandshake>.fromOpaque(handshake.unsafelyUnwrapped).takeUnretainedValue()
            return handshake.prepare(OpaquePointer(context.unsafelyUnwrapped))
        }
    }

    /// Forgets an earlier try of the same transfer.
    func reset() {
        self.sentAlert = nil
        self.receivedAlert = nil
        self.verifyResult = Int(X509_V_OK)
    }

    /// Whether a handshake that failed did so because we did not believe the server to be who it should be.
    ///
    /// - Parameter code: libcurl's. After the handshake it compares the host's name itself, which no alert tells of.
    func refusesServer(_ code: CURLcode) -> Bool {
        if self.verifyResult != Int(X509_V_OK) { return true }
        if let sentAlert { return Self.identityAlerts.contains(sentAlert) }
        // libcurl has one code for a certificate that we find expired and for the server's alert that it finds ours so.
        return code != CURLE_SSL_CONNECT_ERROR && self.receivedAlert == nil
    }

    /// The alerts by which one side refuses the other's certificate: it is malformed, of an unsupported kind, revoked,
    /// expired, refused for another reason, or of an unknown issuer; or the signature that proves its key is wrong.
    private static let identityAlerts = [
        SSL_AD_BAD_CERTIFICATE, SSL_AD_UNSUPPORTED_CERTIFICATE, SSL_AD_CERTIFICATE_REVOKED, SSL_AD_CERTIFICATE_EXPIRED,
        SSL_AD_CERTIFICATE_UNKNOWN, SSL_AD_UNKNOWN_CA, SSL_AD_DECRYPT_ERROR,
    ]

    private func prepare(_ context: OpaquePointer) -> CURLcode {
        let observer = Unmanaged.passRetained(self)
        guard SSL_CTX_set_ex_data(context, Self.index, observer.toOpaque()) == 1 else {
            observer.release()
            return CURLE_OUT_OF_MEMORY
        }
        SSL_CTX_set_info_callback(context) { connection, event, value in
            guard let connection else { return }
            TLSHandshake.of(connection)?.note(event, value, of: connection)
        }
        if self.observer != nil {
            SSL_CTX_set_msg_callback(context) { isSent, _, type, message, count, connection, _ in
                guard isSent == 0, type == SSL3_RT_HANDSHAKE, let connection else { return }
                let message = UnsafeRawBufferPointer(start: message, count: count)
                TLSHandshake.of(connection)?.observer?.received(message, connection)
            }
        }
        return self.trust.prepare(context)
    }

    private static func of(_ connection: OpaquePointer) -> TLSHandshake? {
        guard let context = SSL_get_SSL_CTX(connection), let handshake = SSL_CTX_get_ex_data(context, Self.index) else {
            return nil
        }
        return Unmanaged<TLSHandshake>.fromOpaque(handshake).takeUnretainedValue()
    }

    /// Where OpenSSL's contexts keep the object, which they let go of when they end.
    private static let index = {
        CRYPTO_get_ex_new_index(CRYPTO_EX_INDEX_SSL_CTX, 0, nil, nil, nil) { _, observer, _, _, _, _ in
            if let observer { Unmanaged<TLSHandshake>.fromOpaque(observer).release() }
        }
    }()

    private func note(_ event: Int32, _ value: Int32, of connection: OpaquePointer) {
        // OpenSSL passes an alert as two bytes: its level, then its description.
        let alert = value & 0xFF
        if event == SSL_CB_WRITE_ALERT, alert != SSL_AD_CLOSE_NOTIFY {
            self.sentAlert = alert
        } else if event == SSL_CB_READ_ALERT {
            self.receivedAlert = alert
        } else if event == SSL_CB_CONNECT_EXIT, value <= 0 {
            self.verifyResult = SSL_get_verify_result(connection)
        } else if event == SSL_CB_HANDSHAKE_DONE {
            self.observer?.connected(connection)
        }
    }
}

/// Tells libcurl and OpenSSL whose certificates to believe.
struct CurlTrust {
    let roots: TrustRoots

    /// Sets a handle's roots, but for a directory: that is given to each connection's context.
    func set(on handle: UnsafeMutableRawPointer) {
        switch self.roots {
        case .libraryDefault: break
        case .file(let path):
            // A proxy that speaks TLS is believed by the same roots.
            ccurl_set_string(handle, CURLOPT_CAINFO, path)
            ccurl_set_string(handle, CURLOPT_PROXY_CAINFO, path)
            // Otherwise a folder of roots that libcurl was built with would be believed too.
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            ccurl_set_string(handle, CURLOPT_PROXY_CAPATH, nil)
        case .directory:
            // libcurl with CURLOPT_CAPATH makes a store, and parses the root again, for each connection; a store without
            // such options it keeps for all of them.
            ccurl_set_string(handle, CURLOPT_CAINFO, nil)
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
            ccurl_set_string(handle, CURLOPT_PROXY_CAINFO, nil)
            ccurl_set_string(handle, CURLOPT_PROXY_CAPATH, nil)
        }
    }

    /// Sets how strong certificates have to be, and a directory of roots.
    func prepare(_ context: OpaquePointer) -> CURLcode {
        // 112 bits: no RSA key below 2048, no SHA-1. Otherwise it is what OpenSSL was compiled with that decides.
        SSL_CTX_set_security_level(context, 2)
        guard case .directory(let path) = self.roots else { return CURLE_OK }
        return X509_STORE_load_path(SSL_CTX_get_cert_store(context), path) == 1
            ? CURLE_OK : CURLE_SSL_CACERT_BADFILE
    }
}
