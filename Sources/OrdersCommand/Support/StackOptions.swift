internal import ArgumentParser
internal import Foundation
internal import Platform

/// Which stack, on which AWS: options shared by every command that works with a deployed stack.
struct StackOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The name of the deployed stack.", valueName: "name"))
    var stack = "orders"

    @Option(help: ArgumentHelp("The template it was deployed from, if not cloudformation.yaml.", valueName: "file"))
    var template: String?

    @Option(help: ArgumentHelp("Where AWS is, for example the local one; default: AWS itself.", valueName: "url"))
    var endpointURL: String?

    @Option(help: ArgumentHelp("The AWS region; default: AWS_REGION.", valueName: "region"))
    var region: String?

    init() {}

    /// For a command that has options of its own.
    init(stack: String, template: String?) {
        self.stack = stack
        self.template = template
        self.endpointURL = nil
        self.region = nil
    }

    /// The process's environment with the options in it: options win over variables.
    func environment(_ variables: [String: String]) -> Environment {
        var variables = variables
        if let url = self.endpointURL {
            // Endpoints of single services would win over it.
            variables = variables.filter { !$0.key.hasPrefix("AWS_ENDPOINT_URL_") }
            variables["AWS_ENDPOINT_URL"] = url
            variables["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"] = nil
        }
        if let region = self.region { variables["AWS_REGION"] = region }
        if Self.isLoopback(variables["AWS_ENDPOINT_URL"] ?? "") {
            // The local AWS takes any region and has an account of its own.
            if variables["AWS_REGION"] == nil && variables["AWS_DEFAULT_REGION"] == nil {
                variables["AWS_REGION"] = "us-east-1"
            }
            if variables["AWS_ACCESS_KEY_ID"] == nil {
                variables["AWS_ACCESS_KEY_ID"] = "test"
                variables["AWS_SECRET_ACCESS_KEY"] = "test"
            }
        }
        return Environment(variables)
    }

    /// The template's file.
    func templateFile(_ environment: Environment) throws -> URL {
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        guard let path = self.template else { return try Project.locate(environment, from: folder).template }
        return URL(fileURLWithPath: path, relativeTo: folder)
    }

    private static func isLoopback(_ url: String) -> Bool {
        let host = URLComponents(string: url)?.host ?? ""
        return host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
    }
}
