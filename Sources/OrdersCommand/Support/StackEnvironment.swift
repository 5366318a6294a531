internal import Foundation

/// The variables that a command works with: the caller's, under its options.
package enum StackEnvironment {
    /// Options win over variables.
    ///
    /// `--endpoint-url` with a loopback address is the local AWS: it refuses the keys of another account, and its stack is
    /// in one region, so neither is taken from the caller.
    package static func variables(
        _ caller: [String: String],
        endpointURL: String?,
        region: String?
    ) -> [String: String] {
        var variables = caller
        if let endpointURL {
            // Endpoints of single services would win over it.
            variables = variables.filter { !$0.key.hasPrefix("AWS_ENDPOINT_URL_") }
            variables["AWS_ENDPOINT_URL"] = endpointURL
            variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = nil
        }
        if self.isLoopback(endpointURL) {
            variables["AWS_ACCESS_KEY_ID"] = nil
            variables["AWS_REGION"] = nil
            variables["AWS_DEFAULT_REGION"] = nil
        }
        if let region { variables["AWS_REGION"] = region }
        if self.isLoopback(variables["AWS_ENDPOINT_URL"]) { self.addLocalAccount(to: &variables) }
        return variables
    }

    private static func addLocalAccount(to variables: inout [String: String]) {
        if variables["AWS_REGION"] == nil && variables["AWS_DEFAULT_REGION"] == nil {
            variables["AWS_REGION"] = "us-east-1"
        }
        if variables["AWS_ACCESS_KEY_ID"] == nil {
            variables["AWS_ACCESS_KEY_ID"] = "test"
            variables["AWS_SECRET_ACCESS_KEY"] = "test"
            variables["AWS_SESSION_TOKEN"] = nil
        }
    }

    private static func isLoopback(_ url: String?) -> Bool {
        let host = url.flatMap { URLComponents(string: $0)?.host } ?? ""
        return host == "localhost" || host == "[::1]" || host == "::1" || host.hasPrefix("127.")
    }
}
