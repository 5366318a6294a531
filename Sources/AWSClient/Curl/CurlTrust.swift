internal import CCurl
internal import COpenSSL
internal import Glibc

/// Tells libcurl whose certificates to believe.
///
/// Has to outlive the handles it was set on: they keep its directory's address.
final class CurlTrust {
    private let roots: TrustRoots
    private let directory: UnsafeMutablePointer<CChar>?

    init(_ roots: TrustRoots) {
        self.roots = roots
        self.directory = if case .directory(let path) = roots { strdup(path) } else { nil }
    }

    deinit { free(self.directory) }

    /// Sets a handle's roots, and how strong certificates have to be.
    func set(on handle: UnsafeMutableRawPointer) {
        switch self.roots {
        case .libraryDefault: break
        case .file(let path):
            ccurl_set_string(handle, CURLOPT_CAINFO, path)
            // Otherwise a folder of roots that libcurl was built with would be believed too.
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
        case .directory:
            // Given to OpenSSL past libcurl, which with CURLOPT_CAPATH makes a store, and parses the root again, for
            // each connection; a store without such options it keeps for all of them.
            ccurl_set_string(handle, CURLOPT_CAINFO, nil)
            ccurl_set_string(handle, CURLOPT_CAPATH, nil)
        }
        ccurl_set_pointer(handle, CURLOPT_SSL_CTX_DATA, self.directory)
        ccurl_set_context_callback(handle, CURLOPT_SSL_CTX_FUNCTION) { _, context, directory in
            let context = OpaquePointer(context)
            // 112 bits: no RSA key below 2048, no SHA-1. Otherwise it is what OpenSSL was compiled with that decides.
            SSL_CTX_set_security_level(context, 2)
            guard let path = directory?.assumingMemoryBound(to: CChar.self) else { return CURLE_OK }
            return X509_STORE_load_path(SSL_CTX_get_cert_store(context), path) == 1
                ? CURLE_OK : CURLE_SSL_CACERT_BADFILE
        }
    }
}
