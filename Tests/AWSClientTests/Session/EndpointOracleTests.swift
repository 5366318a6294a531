internal import AWSClient
internal import AWSOperations
internal import TestSupport
internal import Testing

/// The hosts that requests go to, compared with botocore's endpoint rule sets: every region of every partition, every
/// service used here, with and without FIPS and dual stack.
@Suite struct EndpointOracleTests {
    private static let services: [String: AWSService] = [
        "cloudformation": .cloudFormation, "cloudwatch": .cloudWatch, "dynamodb": .dynamoDB,
        "dynamodbstreams": .dynamoDBStreams, "kinesis": .kinesis, "kms": .kms, "lambda": .lambda,
        "logs": .cloudWatchLogs, "pipes": .pipes, "s3": .s3, "sns": .sns, "sqs": .sqs,
    ]

    @Test(.enabled(if: PythonInterpreter.withBotocore != nil))
    func `every service of every region is reached where botocore reaches it`() async throws {
        let python = try #require(PythonInterpreter.withBotocore)
        let lines = try python.run("resolve_endpoints.py").split(separator: "\n")
        // Some 50 regions, 4 variants, 12 services and 9 buckets.
        #expect(lines.count > 2_900)
        for line in lines {
            let fields = line.split(separator: " ").map(String.init)
            let environment = [
                "AWS_REGION": fields[0], "AWS_USE_FIPS_ENDPOINT": fields[2] == "1" ? "true" : "false",
                "AWS_USE_DUALSTACK_ENDPOINT": fields[3] == "1" ? "TRUE" : "FALSE",
            ]
            let service = try #require(Self.services[fields[1]])
            guard let configuration = try? AWSConfiguration.example(environment) else {
                // Ours is refused at the start, whatever service would be asked: S3 has no such endpoint.
                #expect(fields[5] == "refused" || fields[2] == "1" && fields[0].hasPrefix("cn-"), "\(line)")
                continue
            }
            if fields[4] == "-" {
                #expect(configuration.endpoint(for: service).origin == fields[5], "\(line)")
            } else {
                #expect(try await self.url(ofBucket: fields[4], configuration) == fields[5] + "/key", "\(line)")
            }
        }
    }

    private func url(ofBucket bucket: String, _ configuration: AWSConfiguration) async throws -> String? {
        let transport = ScriptedTransport([.xml(404, "")])
        let session = AWSSession(configuration: configuration, transport: transport, time: ManualTime())
        _ = try? await S3Client(session: session).headObject(bucket: bucket, key: "key", deadline: nil)
        return transport.requests.first?.url
    }

    @Test(arguments: ["AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT"])
    func `a switch that is neither true nor false, or stands beside an endpoint of one's own, is refused`(
        name: String
    ) throws {
        for environment in [[name: "yes"], [name: "true", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"]] {
            let error = #expect(throws: (any Error).self) { try AWSConfiguration.example(environment) }
            #expect("\(try #require(error))".contains(name))
        }
        _ = try AWSConfiguration.example([name: "false", "AWS_ENDPOINT_URL": "http://127.0.0.1:4566"])
    }
}
