import AWSClient
import Platform
import Testing

@Suite struct SigningKeyCacheTests {
    private func authorization(_ keys: SigningKeyCache, service: String, at seconds: Int64) -> String? {
        let signer = SigV4Signer(
            credentials: AWSCredentials(accessKeyID: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: nil),
            region: "eu-central-1",
            service: service,
            keys: keys
        )
        let request = HTTPRequest(method: .post, endpoint: Endpoint(host: "example.amazonaws.com"))
        return signer.sign(request, at: UTCInstant(secondsSince1970: seconds)).headers["Authorization"]
    }

    /// Each signature with a cache that has been used for other days and services is the one with a new cache.
    @Test func `keys of other days and services are not mistaken`() {
        let keys = SigningKeyCache()
        let midnight: Int64 = 1_756_339_200
        for _ in 0..<2 {
            for service in ["dynamodb", "s3", "sns"] {
                for seconds in [midnight - 1, midnight, midnight + 86_400] {
                    #expect(
                        self.authorization(keys, service: service, at: seconds)
                            == self.authorization(SigningKeyCache(), service: service, at: seconds)
                    )
                }
            }
        }
    }
}
