internal import Glibc
internal import Platform

/// The entry point of every bootstrap.
package enum LambdaRuntime {
    /// Builds a handler per loop and serves invocations until the process ends: `main.swift` is one call of this.
    ///
    /// An error that `makeHandler` throws is reported as an initialization error, and the process ends with 1.
    package static func run<Handler: LambdaHandler>(
        _ makeHandler: @escaping @Sendable (InitializationContext) throws -> Handler
    ) -> Never {
        ProcessDescriptors.prepare()
        let environment = Environment.process
        let logs = LogConfiguration(environment: environment)
        let writer = DescriptorWriter(configuration: logs)
        do {
            let address = try RuntimeAPIAddress(environment: environment)
            let process = RuntimeProcess(environment: environment, address: address, logs: logs, writer: writer)
            exitNow(process.serve(makeHandler))
        } catch {
            let report = ErrorReport(error)
            Logger(output: LogOutput(configuration: logs, writer: writer)).log(
                .fatal,
                report.errorMessage,
                ["exception_name": .string(report.errorType)]
            )
            exitNow(1)
        }
    }

    /// Ends the process without the C library's exit handlers, which must not run beside threads that still work.
    static func exitNow(_ code: Int32) -> Never {
        fflush(nil)
        _exit(code)
    }
}
