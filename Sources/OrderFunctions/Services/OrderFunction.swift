package import LambdaRuntime
package import Platform

/// A function of this pipeline: a handler that is made from variables and AWS services alone.
///
/// Bootstraps, tests and benchmarks make it by the same `init`; they differ in what lies behind the services.
package protocol OrderFunction: LambdaHandler {
    /// The name of the function's folders, resource and product, which its dead letters and checkpoints carry.
    static var name: String { get }

    /// Reads the configuration, without I/O.
    ///
    /// Throws an `EnvironmentError` that names the variable at fault.
    init(environment: Environment, services: AWSServices) throws
}

extension OrderFunction {
    /// The function as a bootstrap runs it: the process's variables, and AWS over the loop's connections.
    package init(_ context: InitializationContext) throws {
        try self.init(environment: context.environment, services: try AWSServices(context))
    }
}
