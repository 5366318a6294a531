internal import AWSClient
internal import Foundation
internal import Platform
internal import TestSupport
internal import Testing

/// Random requests, signed by us and by botocore.
@Suite(
    .enabled(
        if: PythonInterpreter.withBotocore != nil,
        "SKIPPED, NOT TESTED: signatures against botocore, which neither .local/venv nor python3 has (scripts/setup)"
    )
)
struct BotocoreOracleTests {
    struct Answer: Decodable {
        let authorization: String
        let date: String
        let token: String?
    }

    private struct Case {
        let request: HTTPRequest
        let signer: SigV4Signer
        let instant: UTCInstant
    }

    @Test func `signs as botocore does`() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["TEST_SEED"] ?? "") ?? .random(in: 0...UInt64.max)
        var generator = SeededRandom(seed: seed).generator
        let cases = (0..<400).map { _ in Self.randomCase(using: &generator) }
        let input = try JSONSerialization.data(withJSONObject: cases.map(Self.json))
        let python = try #require(PythonInterpreter.withBotocore)
        let output = try python.run("sign_with_botocore.py", input: String(decoding: input, as: UTF8.self))
        let answers = try JSONDecoder().decode([Answer].self, from: Data(output.utf8))
        #expect(answers.count == cases.count)
        for (index, (own, theirs)) in zip(cases, answers).enumerated() {
            let signed = own.signer.sign(own.request, at: own.instant)
            #expect(
                signed.headers["Authorization"] == theirs.authorization,
                "case \(index), TEST_SEED=\(seed): \(own.request.url)"
            )
            #expect(signed.headers["X-Amz-Date"] == theirs.date, "case \(index), TEST_SEED=\(seed)")
            #expect(signed.headers["X-Amz-Security-Token"] == theirs.token, "case \(index), TEST_SEED=\(seed)")
        }
    }

    private static let letters = Array("abcXYZ019-._~!*'()/:;,+=@&%$#?[]{} \"<>^|`äß€😀\\\u{7F}")

    private static func text(
        _ length: ClosedRange<Int>,
        from letters: [Character] = letters,
        using generator: inout SeededRandom.Generator
    ) -> String {
        let count = Int.random(in: length, using: &generator)
        return String((0..<count).map { _ in letters.randomElement(using: &generator) ?? "x" })
    }

    private static func randomCase(using generator: inout SeededRandom.Generator) -> Case {
        let service = ["s3", "dynamodb", "sqs", "lambda"].randomElement(using: &generator) ?? "s3"
        let segments = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            [".", "..", "", self.text(1...8, using: &generator)].randomElement(using: &generator) ?? ""
        }
        let query = (0..<Int.random(in: 0...4, using: &generator)).map { _ in
            (name: self.text(1...5, using: &generator), value: self.text(0...5, using: &generator))
        }
        var headers: HTTPHeaders = ["Content-Type": "application/x-amz-json-1.0"]
        if Bool.random(using: &generator) {
            headers["X-Amz-Meta-A"] = self.text(0...9, from: Array("ab  \t=,\"/"), using: &generator)
        }
        if Bool.random(using: &generator) { headers["User-Agent"] = "not signed" }
        let body = (0..<Int.random(in: 0...64, using: &generator)).map { _ in
            UInt8.random(in: 0...255, using: &generator)
        }
        let port: UInt16? = [nil, 443, 4566].randomElement(using: &generator) ?? nil
        return Case(
            request: HTTPRequest(
                method: [.get, .put, .post, .head].randomElement(using: &generator) ?? .get,
                endpoint: Endpoint(host: "\(service).eu-central-1.example.com", port: port),
                path: "/" + segments.map { PercentEncoding.encode($0) }.joined(separator: "/"),
                query: query,
                headers: headers,
                body: body
            ),
            signer: SigV4Signer(
                credentials: AWSCredentials(
                    accessKeyID: "AKIDEXAMPLE",
                    secretAccessKey: self.text(1...40, using: &generator),
                    sessionToken: Bool.random(using: &generator) ? "token+/=" : nil
                ),
                region: "eu-central-1",
                service: service
            ),
            instant: UTCInstant(secondsSince1970: Int64.random(in: 1_000_000_000...4_000_000_000, using: &generator))
        )
    }

    private static func json(_ own: Case) -> [String: Any] {
        [
            "time": own.instant.secondsSince1970,
            "service": own.signer.service,
            "region": own.signer.region,
            "secret": own.signer.credentials.secretAccessKey,
            "token": own.signer.credentials.sessionToken ?? NSNull(),
            "method": own.request.method.rawValue,
            "url": own.request.url,
            "headers": Dictionary(uniqueKeysWithValues: own.request.headers.fields.map { ($0.name, $0.value) }),
            "body": own.request.body.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(),
        ]
    }
}
