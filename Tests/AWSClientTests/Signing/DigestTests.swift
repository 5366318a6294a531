internal import AWSClient
internal import Platform
internal import Testing

@Suite struct DigestTests {
    /// RFC 4231, test case 2; "abc" of FIPS 180-4 and of RFC 1321; the CRC catalogue's check value.
    @Test func `matches published values`() {
        #expect(
            Hexadecimal.text(Digest.sha256(Array("abc".utf8)))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            Hexadecimal.text(
                Digest.hmacSHA256(key: Array("Jefe".utf8), Array("what do ya want for nothing?".utf8))
            ) == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        #expect(Hexadecimal.text(Digest.sha1(Array("abc".utf8))) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(Hexadecimal.text(Digest.md5(Array("abc".utf8)[...])) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(CRC32.checksum(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(CRC32.checksum([]) == 0)
    }

    @Test func `percent-encodes everything but unreserved characters`() {
        #expect(PercentEncoding.encode("aZ09-._~") == "aZ09-._~")
        #expect(PercentEncoding.encode("dt=2025/ä+ %") == "dt%3D2025%2F%C3%A4%2B%20%25")
        #expect(PercentEncoding.encode("dt=2025/a", keepingSlashes: true) == "dt%3D2025/a")
    }
}
