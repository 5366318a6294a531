internal import AWSClient
internal import AWSOperations
internal import Platform
internal import TestSupport
internal import Testing

@Suite struct AWSConfigurationTests {
    private static let basics = [
        "AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret-key",
    ]

    @Test(
        arguments: [
            ("AWS_REGION", nil), ("AWS_REGION", "eu-central-1.evil.com/"), ("AWS_ACCESS_KEY_ID", nil),
            ("AWS_ACCESS_KEY_ID", "AKID\nX: y"), ("AWS_SECRET_ACCESS_KEY", nil), ("AWS_SESSION_TOKEN", "a b"),
            ("AWS_MAX_ATTEMPTS", "0"), ("AWS_MAX_ATTEMPTS", "many"), ("AWS_ENDPOINT_URL", "localhost:4566"),
            ("AWS_ENDPOINT_URL_SQS", "ftp://localhost"), ("AWS_ENDPOINT_URL_S3", "http://user@localhost"),
            ("AWS_CA_BUNDLE", "/missing.pem"),
        ] as [(String, String?)]
    )
    func `names the variable at fault`(name: String, value: String?) throws {
        var variables = Self.basics
        variables[name] = value
        let error = #expect(throws: EnvironmentError.self) {
            try AWSConfiguration(environment: Environment(variables), fileExists: { _ in false })
        }
        #expect(error?.name == name)
    }

    @Test func `takes region and credentials from the environment`() throws {
        let configuration = try AWSConfiguration.example([
            "AWS_REGION": "", "AWS_DEFAULT_REGION": "us-west-2", "AWS_SESSION_TOKEN": "token", "AWS_MAX_ATTEMPTS": "7",
        ])
        #expect(configuration.region == "us-west-2")
        #expect(configuration.credentials.accessKeyID == "AKIDEXAMPLE")
        #expect(configuration.credentials.sessionToken == "token")
        #expect(configuration.maxAttempts == 7)
        #expect(try AWSConfiguration.example().maxAttempts == 3)
        #expect(try AWSConfiguration.example(["AWS_DEFAULT_REGION": "us-west-2"]).region == "eu-central-1")
    }

    @Test func `credentials do not show in their description`() throws {
        let credentials = AWSCredentials(accessKeyID: "AKID", secretAccessKey: "SECRET", sessionToken: "TOKEN")
        var dumped = ""
        dump(credentials, to: &dumped)
        for text in ["\(credentials)", String(reflecting: credentials), dumped] {
            #expect(!text.contains("AKID") && !text.contains("SECRET") && !text.contains("TOKEN"))
        }
    }

    @Test func `signed requests do not show their secrets`() async throws {
        let transport = ScriptedTransport([.json(200, "{}")])
        let session = try AWSSession.scripted(transport, environment: ["AWS_SESSION_TOKEN": "TOKEN"])
        let input = PutItemInput(tableName: "T", item: ["customerEmail": .s("a@example.com")])
        try await DynamoDBClient(session: session).putItem(input, deadline: nil)
        let request = try #require(transport.requests.first)
        #expect(request.headers["X-Amz-Security-Token"] == "TOKEN")
        var dumped = ""
        dump(request, to: &dumped)
        for text in ["\(request)", String(reflecting: request), dumped] {
            #expect(!text.contains("TOKEN") && !text.contains("Signature") && !text.contains("example.com"))
        }
    }

    @Test(arguments: [
        (AWSService.dynamoDB, "https://dynamodb.eu-central-1.amazonaws.com"),
        (.dynamoDBStreams, "https://streams.dynamodb.eu-central-1.amazonaws.com"),
        (.s3, "https://s3.eu-central-1.amazonaws.com"),
        (.sqs, "https://sqs.eu-central-1.amazonaws.com"),
    ])
    func `knows the services of a region`(service: AWSService, origin: String) throws {
        let configuration = try AWSConfiguration.example()
        #expect(configuration.endpoint(for: service).origin == origin)
        #expect(configuration.override(for: service) == nil)
    }

    @Test func `China has a domain of its own`() throws {
        let configuration = try AWSConfiguration.example(["AWS_REGION": "cn-north-1"])
        #expect(configuration.endpoint(for: .sns).host == "sns.cn-north-1.amazonaws.com.cn")
    }

    @Test func `a service's own override comes before the general one`() throws {
        let overrides = [
            "AWS_ENDPOINT_URL": "http://127.0.0.1:4566/", "AWS_ENDPOINT_URL_DYNAMODB_STREAMS": "https://[::1]:8000/x/",
        ]
        let configuration = try AWSConfiguration.example(overrides)
        #expect(configuration.endpoint(for: .dynamoDB).origin == "http://127.0.0.1:4566")
        #expect(configuration.endpoint(for: .dynamoDB).basePath == "")
        let streams = configuration.endpoint(for: .dynamoDBStreams)
        #expect(streams == Endpoint(scheme: "https", host: "::1", port: 8000, basePath: "/x"))
        #expect(streams.authority == "[::1]:8000")
        let ignored = overrides.merging(["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"]) { $1 }
        #expect(try AWSConfiguration.example(ignored).override(for: .dynamoDB) == nil)
    }

    @Test(
        arguments: [
            (["AWS_CA_BUNDLE": "/mine.pem", "LAMBDA_TASK_ROOT": "/var/task"], TrustRoots.file("/mine.pem")),
            (["LAMBDA_TASK_ROOT": "/var/task"], .directory("/var/task/amazon-roots")),
            (["LAMBDA_TASK_ROOT": "/elsewhere"], .file("/etc/ssl/certs/ca-certificates.crt")),
            ([:], .file("/etc/ssl/certs/ca-certificates.crt")),
        ] as [([String: String], TrustRoots)]
    )
    func `chooses trust roots`(variables: [String: String], roots: TrustRoots) throws {
        let files = ["/mine.pem", "/var/task/amazon-roots", "/etc/ssl/certs/ca-certificates.crt"]
        #expect(try TrustRoots(environment: Environment(variables), fileExists: files.contains) == roots)
    }

    @Test func `without any file the library looks for itself`() throws {
        #expect(try TrustRoots(environment: [:], fileExists: { _ in false }) == .libraryDefault)
    }
}
