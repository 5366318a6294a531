package import Platform
internal import Synchronization

/// Where a loop's log lines are collected and from where they go out: in one write before a response is posted, before
/// the loop waits, and at once from `warn` upwards.
///
/// One per loop. A lock guards it all the same, since a handler may log from a thread of its own.
package final class LogOutput: Sendable {
    /// What is written, and how.
    package let configuration: LogConfiguration
    private let commonMembers: [UInt8]
    private let clock: @Sendable () -> UTCInstant
    /// Gets whole lines, and how many there are.
    private let write: @Sendable (UnsafeRawBufferPointer, Int) -> Void
    private let state: Mutex<State>

    private struct State: ~Copyable {
        let pending: LogBuffer
        var pendingLines = 0
        /// One line under construction; keeps its memory.
        var line: [UInt8] = []
        var timestamp = LogTimestamp()
    }

    /// An output whose bytes go to `write`, in whole lines; for tests, and for what is not a process of Lambda.
    package convenience init(
        configuration: LogConfiguration,
        clock: @escaping @Sendable () -> UTCInstant = { SystemClock.now },
        write: @escaping @Sendable (UnsafeRawBufferPointer) -> Void
    ) {
        self.init(configuration: configuration, clock: clock, writeLines: { bytes, _ in write(bytes) })
    }

    private init(
        configuration: LogConfiguration,
        clock: @escaping @Sendable () -> UTCInstant,
        writeLines: @escaping @Sendable (UnsafeRawBufferPointer, Int) -> Void
    ) {
        self.configuration = configuration
        self.commonMembers = LogLine.commonMembers(configuration)
        self.clock = clock
        self.write = writeLines
        self.state = Mutex(State(pending: LogBuffer()))
    }

    /// An output to the process's `writer`, whose configuration it has.
    convenience init(configuration: LogConfiguration, writer: DescriptorWriter) {
        self.init(
            configuration: configuration,
            clock: { SystemClock.now },
            writeLines: { writer.write($0, lines: $1) }
        )
    }

    /// What a signal handler can still write out when the process dies.
    var pendingForSignalHandler: UnsafePointer<LogBuffer.Content> {
        self.state.withLock { UnsafePointer($0.pending.content) }
    }

    func log(
        _ level: LogLevel,
        _ message: String,
        _ fields: KeyValuePairs<String, LogValue>,
        of invocation: Logger.Invocation?,
        metrics: EmbeddedMetrics? = nil
    ) {
        let line = LogLine(
            level: level,
            message: message,
            time: self.clock(),
            fields: fields,
            invocation: invocation,
            commonMembers: self.commonMembers,
            metrics: metrics
        )
        self.state.withLock { state in
            state.line.removeAll(keepingCapacity: true)
            line.append(to: &state.line, configuration: self.configuration, timestamp: &state.timestamp)
            state.line.withUnsafeBytes { bytes in
                if bytes.count > state.pending.freeCapacity { self.flush(&state) }
                if bytes.count > state.pending.freeCapacity {
                    self.write(bytes, 1)
                } else {
                    state.pending.append(bytes)
                    state.pendingLines += 1
                }
            }
            // Metrics have the level that is let through, and are no warning.
            if level >= .warn, metrics == nil { self.flush(&state) }
        }
    }

    /// Writes out what was collected.
    package func flush() {
        self.state.withLock { self.flush(&$0) }
    }

    private func flush(_ state: inout State) {
        if state.pending.isEmpty { return }
        self.write(state.pending.bytes, state.pendingLines)
        state.pending.removeAll()
        state.pendingLines = 0
    }
}

/// Log lines that were not written yet, in memory of a fixed place and size, so that a signal handler, which can
/// neither lock nor allocate, can write them out.
struct LogBuffer: ~Copyable, @unchecked Sendable {  // `LogOutput` guards it with a lock
    /// The memory and how much of it is used.
    struct Content {
        let start: UnsafeMutableRawPointer
        var count = 0
    }

    /// Enough for the lines of most invocations; a fuller one is only written out earlier.
    static let capacity = 32 * 1_024

    let content: UnsafeMutablePointer<Content>

    init() {
        self.content = .allocate(capacity: 1)
        self.content.initialize(to: Content(start: .allocate(byteCount: Self.capacity, alignment: 16)))
    }

    deinit {
        self.content.pointee.start.deallocate()
        self.content.deallocate()
    }

    var isEmpty: Bool { self.content.pointee.count == 0 }
    var freeCapacity: Int { Self.capacity - self.content.pointee.count }

    var bytes: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: self.content.pointee.start, count: self.content.pointee.count)
    }

    /// `bytes` must fit.
    ///
    /// The count grows last, so that a signal in between finds whole lines.
    func append(_ bytes: UnsafeRawBufferPointer) {
        guard let source = bytes.baseAddress else { return }
        let end = self.content.pointee.start + self.content.pointee.count
        end.copyMemory(from: source, byteCount: bytes.count)
        self.content.pointee.count += bytes.count
    }

    func removeAll() {
        self.content.pointee.count = 0
    }
}
