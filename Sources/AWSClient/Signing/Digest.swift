internal import COpenSSL

/// SHA-256 and HMAC-SHA-256, and the hashes that formats of others prescribe, by OpenSSL.
package enum Digest {
    /// 32 bytes.
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
        let result = EVP_Digest(bytes, bytes.count, &digest, nil, self.algorithms.sha256, nil)
        precondition(result == 1, self.failure)
        return digest
    }

    /// 32 bytes.
    package static func hmacSHA256(key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        KeyedHMAC(key: key).code(of: message)
    }

    /// HMAC-SHA256 with its key, which is hashed once and not for each message.
    final class KeyedHMAC: @unchecked Sendable {  // never changed once made; each message has a context of its own
        private let keyed: OpaquePointer

        init(key: [UInt8]) {
            guard let context = EVP_MAC_CTX_dup(Digest.algorithms.hmac),
                EVP_MAC_init(context, key, key.count, nil) == 1
            else { preconditionFailure(Digest.failure) }
            self.keyed = context
        }

        deinit {
            EVP_MAC_CTX_free(self.keyed)
        }

        /// 32 bytes.
        func code(of message: [UInt8]) -> [UInt8] {
            var digest = [UInt8](repeating: 0, count: Int(SHA256_DIGEST_LENGTH))
            let context = EVP_MAC_CTX_dup(self.keyed)
            defer { EVP_MAC_CTX_free(context) }
            var count = 0
            let isDone =
                EVP_MAC_update(context, message, message.count) == 1
                && EVP_MAC_final(context, &digest, &count, digest.count) == 1
            precondition(isDone, Digest.failure)
            return digest
        }
    }

    /// 20 bytes that protect nothing: name-based UUIDs are made of them.
    package static func sha1(_ bytes: [UInt8]) -> [UInt8] {
        OpenSSLSetup.ensure()
        var digest = [UInt8](repeating: 0, count: Int(SHA_DIGEST_LENGTH))
        SHA1(bytes, bytes.count, &digest)
        return digest
    }

    /// 16 bytes that protect nothing: what an aggregate of the Kinesis Producer Library ends with.
    package static func md5(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(MD5_DIGEST_LENGTH)) { digest, count in
            bytes.withUnsafeBufferPointer { bytes in
                // The function of old, since it needs no provider: the one that bootstraps load has no MD5.
                _ = MD5(bytes.baseAddress, bytes.count, digest.baseAddress)
            }
            count = Int(MD5_DIGEST_LENGTH)
        }
    }

    /// OpenSSL's implementations, looked up once: `SHA256` and `HMAC` look theirs up at every call, which costs
    /// more than hashing a small request (docs/performance.md).
    private struct Algorithms: @unchecked Sendable {  // never changed once made; each use has a context of its own
        let sha256: OpaquePointer
        /// Knows its digest and has no key yet.
        let hmac: OpaquePointer
    }

    private static let algorithms: Algorithms = {
        OpenSSLSetup.ensure()
        guard let sha256 = EVP_MD_fetch(nil, "SHA2-256", nil), let mac = EVP_MAC_fetch(nil, "HMAC", nil),
            let hmac = EVP_MAC_CTX_new(mac)
        else { preconditionFailure(Digest.failure) }
        var name = Array("SHA2-256".utf8CString)
        let result = name.withUnsafeMutableBufferPointer { name in
            let parameters = [
                OSSL_PARAM_construct_utf8_string("digest", name.baseAddress, 0), OSSL_PARAM_construct_end(),
            ]
            return EVP_MAC_CTX_set_params(hmac, parameters)
        }
        precondition(result == 1, Digest.failure)
        return Algorithms(sha256: sha256, hmac: hmac)
    }()

    private static let failure = "OpenSSL cannot compute SHA-256: out of memory or a broken provider"
}

/// The CRC-32 of zlib and Ethernet, which DynamoDB sends along with its answers.
package enum CRC32 {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1 }
    }

    /// The checksum of the whole.
    package static func checksum(_ bytes: [UInt8]) -> UInt32 {
        self.table.withUnsafeBufferPointer { table in
            ~bytes.reduce(~0) { $0 >> 8 ^ table[Int(($0 ^ UInt32($1)) & 0xFF)] }
        }
    }
}
