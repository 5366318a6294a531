internal import COpenSSLSetup

/// OpenSSL as this project uses it, made ready at its first use and not before: a function that sends nothing pays nothing.
package enum OpenSSLSetup {
    private static let once: Void = openssl_setup()
    private static let errorTexts: Void = openssl_load_error_texts()

    /// Comes before every call into OpenSSL, and before libcurl's own.
    package static func ensure() {
        self.once
    }

    /// Comes before OpenSSL is asked for an error's words.
    static func ensureErrorTexts() {
        self.ensure()
        self.errorTexts
    }
}
