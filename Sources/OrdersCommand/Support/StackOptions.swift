internal import ArgumentParser
internal import Foundation
internal import Platform

/// Which stack, on which AWS: options shared by every command that works with a deployed stack.
struct StackOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The name of the deployed stack.", valueName: "name"))
    var stack = "orders"

    @Option(help: ArgumentHelp("The template it was deployed from, if not cloudformation.yaml.", valueName: "file"))
    var template: String?

    @Option(
        help: ArgumentHelp(
            "Where AWS is; default: the local one while scripts/local runs and no --region is given, else AWS itself.",
            valueName: "url"
        )
    )
    var endpointURL: String?

    @Option(help: ArgumentHelp("The AWS region; default: AWS_REGION, locally us-east-1.", valueName: "region"))
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
        if StackEnvironment.isImplied(variables, endpointURL: self.endpointURL, region: self.region) {
            Console.note("on the local AWS, which runs; --region names AWS itself")
        }
        return Environment(StackEnvironment.variables(variables, endpointURL: self.endpointURL, region: self.region))
    }

    /// The template's file.
    func templateFile(_ environment: Environment) throws -> URL {
        let folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath, isDirectory: true)
        guard let path = self.template else { return try Project.locate(environment, from: folder).template }
        return URL(fileURLWithPath: path, relativeTo: folder)
    }
}
