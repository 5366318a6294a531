import OrdersCommand
import Testing

@Suite struct StackEnvironmentTests {
    /// What somebody has who deploys to AWS.
    private static let own = [
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "own", "AWS_SESSION_TOKEN": "token",
        "AWS_REGION": "eu-north-1", "AWS_DEFAULT_REGION": "eu-west-1", "HOME": "/home/kim",
        "AWS_ENDPOINT_URL_SNS": "https://sns.example", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true",
    ]

    /// What emulators of AWS take if nothing is given.
    private static let defaults = [
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
    ]

    /// What `scripts/orders` adds while the local AWS runs.
    private static let running = [
        "ORDERS_LOCAL_ENDPOINT_URL": "http://127.0.0.1:4566", "ORDERS_LOCAL_REGION": "us-east-1",
        "ORDERS_LOCAL_ACCESS_KEY_ID": "AKIALOCAL", "ORDERS_LOCAL_SECRET_ACCESS_KEY": "random",
    ]

    private static let localAccount = [
        "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIALOCAL", "AWS_SECRET_ACCESS_KEY": "random",
    ]

    @Test(arguments: ["http://127.0.0.1:4566", "http://localhost:4566", "http://[::1]:4566"])
    func `The local AWS gets its own keys and region, whatever the caller has`(url: String) {
        let caller = Self.own.merging(Self.running) { $1 }
        let expected = Self.localAccount.merging(["HOME": "/home/kim", "AWS_ENDPOINT_URL": url]) { $1 }
        #expect(StackEnvironment.variables(caller, endpointURL: url, region: nil) == expected)
    }

    @Test func `The local AWS is meant while it runs and nothing else is named`() {
        let caller = ["HOME": "/home/kim", "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE"].merging(Self.running) { $1 }
        let url = "http://127.0.0.1:4566"
        let expected = Self.localAccount.merging(["HOME": "/home/kim", "AWS_ENDPOINT_URL": url]) { $1 }
        #expect(StackEnvironment.variables(caller, endpointURL: nil, region: nil) == expected)
        #expect(StackEnvironment.isImplied(caller, endpointURL: nil, region: nil))
        #expect(!StackEnvironment.isImplied(caller, endpointURL: url, region: nil))
    }

    @Test(arguments: ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_SNS"])
    func `An endpoint of the environment or a region that is given names another AWS`(name: String) {
        var caller = Self.running
        caller[name] = "https://aws.example"
        let variables = StackEnvironment.variables(caller, endpointURL: nil, region: nil)
        #expect(variables == [name: "https://aws.example"])
        #expect(
            StackEnvironment.variables(Self.running, endpointURL: nil, region: "eu-1") == ["AWS_REGION": "eu-1"]
        )
        #expect(!StackEnvironment.isImplied(caller, endpointURL: nil, region: nil))
    }

    @Test func `Another server on loopback gets the caller's keys, and the usual ones without any`() {
        let url = "http://127.0.0.1:5000"
        let caller = Self.own.merging(Self.running) { $1 }
        let given = StackEnvironment.variables(caller, endpointURL: url, region: nil)
        #expect(given["AWS_ACCESS_KEY_ID"] == "AKIAIOSFODNN7EXAMPLE")
        #expect(given["AWS_SESSION_TOKEN"] == "token")
        #expect(given["AWS_REGION"] == "us-east-1")
        let expected = Self.defaults.merging(["AWS_ENDPOINT_URL": url]) { $1 }
        #expect(StackEnvironment.variables(Self.running, endpointURL: url, region: nil) == expected)
    }

    @Test func `a region that is given wins`() {
        let url = "http://127.0.0.1:4566"
        #expect(StackEnvironment.variables(Self.own, endpointURL: url, region: "eu-1")["AWS_REGION"] == "eu-1")
        #expect(StackEnvironment.variables(Self.own, endpointURL: nil, region: "eu-1")["AWS_REGION"] == "eu-1")
    }

    @Test func `another endpoint gets the caller's keys and region`() {
        var expected = Self.own
        expected["AWS_ENDPOINT_URL"] = "https://aws.example"
        expected["AWS_ENDPOINT_URL_SNS"] = nil
        expected["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = nil
        #expect(StackEnvironment.variables(Self.own, endpointURL: "https://aws.example", region: nil) == expected)
    }

    @Test func `without options the variables stay as they are`() {
        #expect(StackEnvironment.variables(Self.own, endpointURL: nil, region: nil) == Self.own)
    }

    @Test func `a loopback endpoint of the environment only fills what is missing`() {
        var variables = ["AWS_ENDPOINT_URL": "http://127.0.0.1:4566"]
        let filled = variables.merging(Self.defaults) { $1 }
        #expect(StackEnvironment.variables(variables, endpointURL: nil, region: nil) == filled)
        variables["AWS_ACCESS_KEY_ID"] = "key"
        variables["AWS_SECRET_ACCESS_KEY"] = "secret"
        variables["AWS_REGION"] = "eu-north-1"
        #expect(StackEnvironment.variables(variables, endpointURL: nil, region: nil) == variables)
    }
}
