internal import Glibc
internal import Platform

/// What signal handlers read and write.
///
/// Prepared once; everything after that is free of locks and allocations.
enum SignalRecord {
    private struct Prepared {
        let statuses: UnsafeMutableBufferPointer<UnsafeMutablePointer<LoopStatus>>
        /// Of the lines that loops collect, in frames where the others have them.
        let logDescriptor: Int32
        /// Of the last line, which has no frame.
        let lineDescriptor: Int32
        let isText: Bool
        /// `,"service":"…","function_name":"…"`, escaped.
        let common: UnsafeRawBufferPointer
        let line: UnsafeMutableRawBufferPointer
        /// What was done about a signal before, by its number.
        let actions: UnsafeMutablePointer<sigaction>
    }

    nonisolated(unsafe) private static var prepared: Prepared?  // written once, before there is a handler or a thread

    static func prepare(statuses: [UnsafeMutablePointer<LoopStatus>], logs: LogConfiguration) {
        let list = UnsafeMutableBufferPointer<UnsafeMutablePointer<LoopStatus>>.allocate(capacity: statuses.count)
        _ = list.initialize(fromContentsOf: statuses)
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_048, alignment: 8)
        var members = LogLine.commonMembers(logs)
        if members.count > memory.count { members = [] }
        memory.copyBytes(from: members)
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 32)
        actions.initialize(repeating: sigaction(), count: 32)
        let descriptor: Int32 = if case .lines(let descriptor) = logs.destination { descriptor } else { 2 }
        self.prepared = Prepared(
            statuses: list,
            logDescriptor: logs.destination.descriptor,
            lineDescriptor: descriptor,
            isText: logs.format == .text,
            common: UnsafeRawBufferPointer(rebasing: memory[..<members.count]),
            line: .allocate(byteCount: 4_096, alignment: 8),
            actions: actions
        )
    }

    /// Keeps what was done about `signal`, one of the first 31, for `restoreAction`.
    static func keep(_ action: sigaction, for signal: Int32) {
        self.prepared?.actions[Int(signal)] = action
    }

    static func restoreAction(_ signal: Int32) {
        if let actions = self.prepared?.actions { sigaction(signal, actions + Int(signal), nil) }
    }

    /// Whether every loop has stopped.
    static var areStopped: Bool {
        guard let prepared = self.prepared else { return true }
        for status in prepared.statuses where !status.pointee.isStopped { return false }
        return true
    }

    static func requestStop() {
        guard let prepared = self.prepared else { return }
        for status in prepared.statuses { status.pointee.requestStop() }
    }

    static func confirmStop() {
        guard let prepared = self.prepared else { return }
        for status in prepared.statuses { status.pointee.confirmStop() }
    }

    /// Writes the lines that loops had only collected.
    static func writePending() {
        guard let prepared = self.prepared else { return }
        for status in prepared.statuses {
            let pending = status.pointee.pendingLog.pointee
            let bytes = UnsafeRawBufferPointer(start: pending.start, count: pending.count)
            DescriptorWriter.writeLast(bytes, to: prepared.logDescriptor)
        }
    }

    /// Writes a last line about the signal that ends the process.
    static func writeCrash(_ signal: Int32) {
        self.writePending()
        guard let prepared = self.prepared else { return }
        var line = SignalLine(memory: prepared.line)
        if prepared.isText {
            line.append("[FATAL]\t")
            line.appendNow()
            line.append("\t")
            if !self.appendRequestID(to: &line) { line.append("-") }
            line.append("\t")
            self.appendMessage(signal, to: &line)
        } else {
            line.append(#"{"level":"FATAL","message":""#)
            self.appendMessage(signal, to: &line)
            line.append(#"","timestamp":""#)
            line.appendNow()
            line.append("\"")
            line.append(prepared.common)
            line.append(#","function_request_id":""#)
            let end = line.count
            if self.appendRequestID(to: &line) {
                line.append(#"","requestId":""#)
                _ = self.appendRequestID(to: &line)
                line.append("\"")
            } else {
                line.count = end - #","function_request_id":""#.utf8.count
            }
            line.append("}")
        }
        line.append("\n")
        let bytes = UnsafeRawBufferPointer(rebasing: prepared.line[..<line.count])
        DescriptorWriter.writeLast(bytes, to: prepared.lineDescriptor)
    }

    private static func appendMessage(_ signal: Int32, to line: inout SignalLine) {
        line.append("the process was ended by ")
        switch signal {
        case SIGILL: line.append("SIGILL: a Swift precondition failed, such as an index or an overflow")
        case SIGTRAP: line.append("SIGTRAP: a Swift precondition failed, such as an index or an overflow")
        case SIGABRT: line.append("SIGABRT: a library gave up")
        case SIGSEGV: line.append("SIGSEGV: invalid memory, or the stack is full")
        case SIGBUS: line.append("SIGBUS: invalid memory")
        default: line.append("SIGFPE: an arithmetic error")
        }
        line.append("; what Swift says about it, if anything, is in the lines before")
    }

    /// The request id of the loop whose thread this is; false: none is in flight on it.
    private static func appendRequestID(to line: inout SignalLine) -> Bool {
        guard let prepared = self.prepared else { return false }
        for status in prepared.statuses where pthread_equal(status.pointee.thread, pthread_self()) != 0 {
            let length = status.pointee.requestIDLength
            line.append(UnsafeRawBufferPointer(rebasing: status.pointee.requestID[..<length]))
            return length > 0
        }
        return false
    }
}

/// A log line under construction in a signal handler: memory that exists already, and no more than that.
struct SignalLine {
    let memory: UnsafeMutableRawBufferPointer
    var count = 0

    init(memory: UnsafeMutableRawBufferPointer) {
        self.memory = memory
    }

    mutating func append(_ text: StaticString) {
        self.append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { self.append(byte) }
    }

    /// The time now, as `UTCInstant.appendISO8601` writes it.
    mutating func appendNow() {
        let now = SystemClock.now
        let time = now.civilTime
        self.append(digits: time.year, 4)
        self.append("-")
        self.append(digits: time.month, 2)
        self.append("-")
        self.append(digits: time.day, 2)
        self.append("T")
        self.append(digits: time.hour, 2)
        self.append(":")
        self.append(digits: time.minute, 2)
        self.append(":")
        self.append(digits: time.second, 2)
        self.append(".")
        self.append(digits: Int(now.nanosecondsSince1970 / 1_000_000 % 1_000), 3)
        self.append("Z")
    }

    private mutating func append(digits number: Int, _ width: Int) {
        var divisor = 1
        for _ in 1..<width { divisor *= 10 }
        while divisor > 0 {
            self.append(UInt8(truncatingIfNeeded: 0x30 + number / divisor % 10))
            divisor /= 10
        }
    }

    private mutating func append(_ byte: UInt8) {
        guard self.count < self.memory.count else { return }
        self.memory[self.count] = byte
        self.count += 1
    }
}
