internal import AWSClient
internal import COpenSSL

/// SHA-1 by OpenSSL, of which name-based UUIDs are made; it protects nothing.
enum SHA1Digest {
    /// 20 bytes.
    static func bytes(of text: [UInt8]) -> [UInt8] {
        OpenSSLSetup.ensure()
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        SHA1(text, text.count, &digest)
        return digest
    }
}
