import AWSClient
import Testing

@Suite struct OpenSSLErrorTextTests {
    @Test(
        arguments: [
            // As libcurl 7.88 has them, and later ones.
            (
                "error:0A00042E:lib(20)::reason(1070)",
                "error:0A00042E:SSL routines::tlsv1 alert protocol version"
            ),
            (
                "TLS connect error: error:0A000410:lib(20)::reason(1040)",
                "TLS connect error: error:0A000410:SSL routines::sslv3 alert handshake failure"
            ),
            (
                "SSL_write() error: OpenSSL/3.0.19: error:0A0000CF:lib(20)::reason(207), errno 0",
                "SSL_write() error: OpenSSL/3.0.19: error:0A0000CF:SSL routines::protocol is shutdown, errno 0"
            ),
            ("error:8000000D:lib(2)::Permission denied", "error:8000000D:system library::Permission denied"),
            // An error that OpenSSL has no words for, of a library that it knows.
            ("error:0A000FFF:lib(20)::reason(4095)", "error:0A000FFF:SSL routines::reason(4095)"),
        ]
    )
    func `words take the place of numbers`(numbers: String, words: String) {
        #expect(OpenSSLErrorText.wording(numbers) == words)
        #expect(OpenSSLErrorText.wording(words) == words)
    }

    @Test(
        arguments: [
            "", "SSL certificate problem: self-signed certificate", "error:", "error:0A00042E:lib(",
            "x:lib(20)::reason(1)", "error:00000000:lib(0)::reason(0)",
            "error:0A00042E:SSL routines::tlsv1 alert protocol version",
        ]
    )
    func `other texts stay as they are`(text: String) {
        #expect(OpenSSLErrorText.wording(text) == text)
    }
}
