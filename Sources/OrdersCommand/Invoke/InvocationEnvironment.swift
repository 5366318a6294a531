/// The environment a function gets from Lambda, as far as a laptop can tell.
package struct InvocationEnvironment: Sendable {
    /// The function's name.
    package let function: String
    /// MB, for `AWS_LAMBDA_FUNCTION_MEMORY_SIZE` and the REPORT line.
    package let memorySize: Int
    /// `host:port` of the Runtime API.
    package let runtimeAPI: String
    /// The folder of the bootstrap.
    package let taskRoot: String

    /// The environment of a function with that memory, in MB.
    package init(function: String, memorySize: Int, runtimeAPI: String, taskRoot: String) {
        self.function = function
        self.memorySize = memorySize
        self.runtimeAPI = runtimeAPI
        self.taskRoot = taskRoot
    }

    /// Later ones win: Lambda's defaults, the stack's configuration, the caller's variables, `--env`, and what this
    /// invocation cannot work without.
    package func variables(
        configured: [String: String],
        caller: [String: String],
        overrides: [String: String]
    ) -> [String: String] {
        let region = caller["AWS_REGION"] ?? caller["AWS_DEFAULT_REGION"] ?? "us-east-1"
        let defaults = [
            "AWS_REGION": region,
            "AWS_DEFAULT_REGION": region,
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_FORMAT": "JSON",
            "LANG": "en_US.UTF-8",
            "TZ": ":UTC",
        ]
        let fixed = [
            "_HANDLER": "bootstrap",
            "AWS_LAMBDA_FUNCTION_NAME": self.function,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": String(self.memorySize),
            "AWS_LAMBDA_LOG_GROUP_NAME": "/aws/lambda/\(self.function)",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local/[$LATEST]",
            "AWS_LAMBDA_RUNTIME_API": self.runtimeAPI,
            "LAMBDA_RUNTIME_DIR": "/var/runtime",
            "LAMBDA_TASK_ROOT": self.taskRoot,
        ]
        return [configured, caller, overrides, fixed].reduce(defaults) { $0.merging($1) { _, later in later } }
    }

    /// Splits the values of `--env NAME=VALUE`.
    package static func overrides(_ arguments: [String]) throws -> [String: String] {
        var variables: [String: String] = [:]
        for argument in arguments {
            guard let separator = argument.firstIndex(of: "="), separator != argument.startIndex else {
                throw ToolError.badUse("--env needs NAME=VALUE, for example --env LOG_LEVEL=DEBUG")
            }
            variables[String(argument[..<separator])] = String(argument[argument.index(after: separator)...])
        }
        return variables
    }
}
