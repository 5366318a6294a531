package import Platform
internal import Synchronization

/// Where a loop's log lines are collected and from where they go out: in one write before a response is posted, before
/// the loop waits, and at once from `warn` upwards.
///
/// One per loop. A lock guards it all the same, since a handler may log from a thread of its own.
package final class LogOutput: Sendable {
    package let configuration: LogConfiguration
    private let commonMembers: [UInt8]
    private let clock: @Sendable () -> UTCInstant
    private let write: @Sendable (UnsafeRawBufferPointer) -> Void
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let pending: LogBuffer
        /// One line under construction; keeps its memory.
        var line: [UInt8] = []
        var timestamp = LogTimestamp()
    }

    /// An output whose bytes go to `write`, in whole lines; for tests, and for what is not a process of Lambda.
    package init(
        configuration: LogConfiguration,
        clock: @escaping @Sendable () -> UTCInstant = { SystemClock.now },
        write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.configuration = configuration
        self.commonMembers = LogLine.commonMembers(configuration)
        self.clock = clock
        self.write = write
        self.state = Mutex(State(pending: LogBuffer()))
    }

    /// An output to the descriptor that the configuration names.
    package convenience init(configuration: LogConfiguration) {
        let descriptor =
            switch configuration.destination {
            case .lines(let descriptor), .frames(let descriptor): descriptor
            }
        self.init(configuration: configuration) { DescriptorWriter.write($0, to: descriptor) }
    }

    /// What a signal handler can still write out when the process dies.
    var pendingForSignalHandler: UnsafePointer<LogBuffer.Content> {
        self.state.withLock { UnsafePointer($0.pending.content) }
    }

    func log(
        _ level: LogLevel,
        _ message: String,
        _ fields: KeyValuePairs<String, LogValue>,
        of invocation: Logger.Invocation?
    ) {
        let line = LogLine(
            level: level,
            message: message,
            time: self.clock(),
            fields: fields,
            invocation: invocation,
            commonMembers: self.commonMembers
        )
        self.state.withLock { state in
            state.line.removeAll(keepingCapacity: true)
            line.append(to: &state.line, configuration: self.configuration, timestamp: &state.timestamp)
            state.line.withUnsafeBytes { bytes in
                if bytes.count > state.pending.freeCapacity { self.flush(state.pending) }
                if bytes.count > state.pending.freeCapacity {
                    self.write(bytes)
                } else {
                    state.pending.append(bytes)
                }
            }
            if level >= .warn { self.flush(state.pending) }
        }
    }

    /// Writes out what was collected.
    package func flush() {
        self.state.withLock { self.flush($0.pending) }
    }

    private func flush(_ pending: borrowing LogBuffer) {
        if pending.isEmpty { return }
        self.write(pending.bytes)
        pending.removeAll()
    }
}
