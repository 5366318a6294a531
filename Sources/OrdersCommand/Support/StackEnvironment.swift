internal import Foundation
package import Platform

/// The variables that a command works with: the caller's, under its options.
package enum StackEnvironment {
    /// `scripts/orders` tells by variables with this prefix where the local AWS runs, and its keys.
    private static let localPrefix = "ORDERS_LOCAL_"

    /// Options win over variables.
    ///
    /// Where neither an endpoint nor a region is named, the AWS is the local one while that runs. It refuses the keys of
    /// another account, and its stack is in one region, so neither is taken from the caller. Another server on loopback
    /// gets the caller's keys: `scripts/local status --run-directory` prints those of a second local AWS.
    package static func variables(
        _ caller: [String: String],
        endpointURL: String?,
        region: String?
    ) -> [String: String] {
        var variables = caller.filter { !$0.key.hasPrefix(self.localPrefix) }
        let local = self.localAWS(caller)
        let hasOwnEndpoint = variables.contains { $0.key.hasPrefix("AWS_ENDPOINT_URL") && !$0.value.isEmpty }
        let chosen = endpointURL ?? (hasOwnEndpoint || region != nil ? nil : local["AWS_ENDPOINT_URL"])
        if let chosen {
            // Endpoints of single services would win over it.
            variables = variables.filter { !$0.key.hasPrefix("AWS_ENDPOINT_URL_") }
            variables["AWS_ENDPOINT_URL"] = chosen
            variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = nil
        }
        if self.isLoopback(chosen) {
            variables["AWS_REGION"] = nil
            variables["AWS_DEFAULT_REGION"] = nil
            if let port = self.port(chosen), port == self.port(local["AWS_ENDPOINT_URL"]) {
                variables["AWS_SESSION_TOKEN"] = nil
                for name in ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION"] {
                    variables[name] = local[name]
                }
            }
        }
        if let region { variables["AWS_REGION"] = region }
        if self.isLoopback(variables["AWS_ENDPOINT_URL"]) { self.addDefaults(to: &variables) }
        return variables
    }

    /// Whether the local AWS is used without having been named.
    package static func isImplied(_ caller: [String: String], endpointURL: String?, region: String?) -> Bool {
        let chosen = self.variables(caller, endpointURL: endpointURL, region: region)["AWS_ENDPOINT_URL"]
        return endpointURL == nil && chosen != nil && chosen != caller["AWS_ENDPOINT_URL"]
    }

    /// Whether the AWS that a command works on is on loopback.
    package static func isLocal(_ environment: Environment) -> Bool {
        self.isLoopback(environment["AWS_ENDPOINT_URL"])
    }

    /// What emulators of AWS take as an account and a region if none is given.
    private static func addDefaults(to variables: inout [String: String]) {
        if variables["AWS_REGION"] == nil && variables["AWS_DEFAULT_REGION"] == nil {
            variables["AWS_REGION"] = "us-east-1"
        }
        if variables["AWS_ACCESS_KEY_ID"] == nil {
            variables["AWS_ACCESS_KEY_ID"] = "test"
            variables["AWS_SECRET_ACCESS_KEY"] = "test"
            variables["AWS_SESSION_TOKEN"] = nil
        }
    }

    /// The local AWS's own variables; none where it does not run.
    private static func localAWS(_ caller: [String: String]) -> [String: String] {
        let found = caller.filter { $0.key.hasPrefix(self.localPrefix) }
        return Dictionary(
            uniqueKeysWithValues: found.map { ("AWS_" + $0.key.dropFirst(self.localPrefix.count), $0.value) }
        )
    }

    private static func isLoopback(_ url: String?) -> Bool {
        let host = url.flatMap { URLComponents(string: $0)?.host } ?? ""
        return host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
    }

    private static func port(_ url: String?) -> Int? {
        url.flatMap { URLComponents(string: $0)?.port }
    }
}
