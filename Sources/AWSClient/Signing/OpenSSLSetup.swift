internal import COpenSSLSetup

/// OpenSSL as this project uses it, made ready at its first use and not before: a function that sends nothing pays nothing.
enum OpenSSLSetup {
    private static let once: Void = openssl_setup()
    private static let errorTexts: Void = openssl_load_error_texts()

    /// Comes before every call into OpenSSL, and before libcurl's own.
    static func ensure() {
        self.once
    }

    /// Whether OpenSSL does with the algorithms that AWS uses, so that a server may ask for one that is not there.
    static var isReduced: Bool {
        self.ensure()
        return openssl_is_reduced() != 0
    }

    /// Makes ready all algorithms, for the connections that begin from now on.
    static func complete() {
        self.ensure()
        openssl_complete()
    }

    /// Comes before OpenSSL is asked for an error's words.
    static func ensureErrorTexts() {
        self.ensure()
        self.errorTexts
    }
}
