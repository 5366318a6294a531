internal import COpenSSLSetup

/// OpenSSL as this project uses it, made ready at its first use and not before: a function that sends nothing pays nothing.
package enum OpenSSLSetup {
    private static let once: Void = openssl_setup()

    /// Comes before every call into OpenSSL, and before libcurl's own.
    package static func ensure() {
        self.once
    }
}
