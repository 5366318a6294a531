internal import CCurl
internal import COpenSSL

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
