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
        ProcessHeap.keepFreedMemory()
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

/// What a process may inherit that would end it, or send its log lines to a server.
enum ProcessDescriptors {
    /// Makes a reader that went away an error of `write`, and the three standard descriptors exist.
    ///
    /// Called before any descriptor is made: a socket that got the number of a closed standard error would be written
    /// log lines.
    static func prepare() {
        signal(SIGPIPE, SIG_IGN)
        var standard = (pollfd(), pollfd(fd: 1, events: 0, revents: 0), pollfd(fd: 2, events: 0, revents: 0))
        withUnsafeMutableBytes(of: &standard) { bytes in
            let standard = bytes.bindMemory(to: pollfd.self)
            // One call asks about all three.
            guard poll(standard.baseAddress, nfds_t(standard.count), 0) > 0 else { return }
            // In rising order, since the lowest free number is what `open` gives.
            for descriptor in standard where Int32(descriptor.revents) & POLLNVAL != 0 {
                _ = open("/dev/null", O_RDWR)
            }
        }
    }
}
