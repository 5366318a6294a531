import OrdersCommand
import Testing

@Suite struct StackEnvironmentTests {
    /// What somebody has who deploys to AWS.
    private static let own = [
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "own", "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": "/home/kim",
        "AWS_ENDPOINT_URL_SNS": "https://sns.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    ]

    private static let localAccount = [
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    ]

    @Test(arguments: ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
    func theLocalAWSGetsItsOwnKeysAndRegionWhateverTheCallerHas(url: String) {
        let expected = Self.localAccount.merging(["HOME": "/home/kim", "AWS_ENDPOINT_URL": url]) { $1 }
        #expect(StackEnvironment.variables(Self.own, endpointURL: url, region: nil) == expected)
    }

    @Test func aRegionThatIsGivenWins() {
        let url = "http://127.0.0.1:4566"
        #expect(StackEnvironment.variables(Self.own, endpointURL: url, region: "eu-1")["AWS_REGION"] == "eu-1")
        #expect(StackEnvironment.variables(Self.own, endpointURL: nil, region: "eu-1")["AWS_REGION"] == "eu-1")
    }

    @Test func anotherEndpointGetsTheCallersKeysAndRegion() {
        var expected = Self.own
        expected["AWS_ENDPOINT_URL"] = "https://aws.example"
        expected["AWS_ENDPOINT_URL_SNS"] = nil
        expected["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = nil
        #expect(StackEnvironment.variables(Self.own, endpointURL: "https://aws.example", region: nil) == expected)
    }

    @Test func withoutOptionsTheVariablesStayAsTheyAre() {
        #expect(StackEnvironment.variables(Self.own, endpointURL: nil, region: nil) == Self.own)
    }

    @Test func aLoopbackEndpointOfTheEnvironmentOnlyFillsWhatIsMissing() {
        var variables = ["AWS_ENDPOINT_URL": "http://127.0.0.1:4566"]
        let filled = variables.merging(Self.localAccount) { $1 }
        #expect(StackEnvironment.variables(variables, endpointURL: nil, region: nil) == filled)
        variables["AWS_ACCESS_KEY_ID"] = "key"
        variables["AWS_SECRET_ACCESS_KEY"] = "secret"
        variables["AWS_REGION"] = "eu-north-1"
        #expect(StackEnvironment.variables(variables, endpointURL: nil, region: nil) == variables)
    }
}
