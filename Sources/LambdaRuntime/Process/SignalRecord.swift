internal import Glibc
internal import Platform

/// What signal handlers read and write.
///
/// Prepared once; everything after that is free of locks and allocations.
enum SignalRecord {
    // nonisolated(unsafe): written once by the main thread, before a handler or another thread can read them.
    nonisolated(unsafe) private static var statuses: UnsafeMutablePointer<UnsafeMutablePointer<LoopStatus>>?
    nonisolated(unsafe) private static var statusCount = 0
    nonisolated(unsafe) private static var descriptor: Int32 = 2
    nonisolated(unsafe) private static var isText = false
    /// `,"service":"…","function_name":"…"`, escaped.
    nonisolated(unsafe) private static var common: UnsafeRawBufferPointer?
    nonisolated(unsafe) private static var line: UnsafeMutableRawBufferPointer?
    /// What was done about a signal before, by its number.
    nonisolated(unsafe) private static var actions: UnsafeMutablePointer<sigaction>?

    static func prepare(statuses: [UnsafeMutablePointer<LoopStatus>], logs: LogConfiguration) {
        let list = UnsafeMutablePointer<UnsafeMutablePointer<LoopStatus>>.allocate(capacity: statuses.count)
        list.initialize(from: statuses, count: statuses.count)
        let common = UnsafeMutableRawBufferPointer.allocate(byteCount: 2_048, alignment: 8)
        var members = LogLine.commonMembers(logs)
        if members.count > common.count { members = [] }
        common.copyBytes(from: members)
        self.common = UnsafeRawBufferPointer(rebasing: common[..<members.count])
        self.line = .allocate(byteCount: 4_096, alignment: 8)
        let actions = UnsafeMutablePointer<sigaction>.allocate(capacity: 32)
        actions.initialize(repeating: sigaction(), count: 32)
        self.actions = actions
        self.isText = logs.format == .text
        if case .lines(let descriptor) = logs.destination { self.descriptor = descriptor }
        self.statuses = list
        self.statusCount = statuses.count
    }

    /// Keeps what was done about `signal`, one of the first 31, for `restoreAction`.
    static func keep(_ action: sigaction, for signal: Int32) {
        self.actions?[Int(signal)] = action
    }

    static func restoreAction(_ signal: Int32) {
        if let actions = self.actions { sigaction(signal, actions + Int(signal), nil) }
    }

    /// Whether every loop has stopped.
    static var areStopped: Bool {
        guard let statuses = self.statuses else { return true }
        for index in 0..<self.statusCount where !statuses[index].pointee.isStopped { return false }
        return true
    }

    static func requestStop() {
        guard let statuses = self.statuses else { return }
        for index in 0..<self.statusCount { statuses[index].pointee.requestStop() }
    }

    static func confirmStop() {
        guard let statuses = self.statuses else { return }
        for index in 0..<self.statusCount { statuses[index].pointee.confirmStop() }
    }

    /// Writes the lines that loops had only collected.
    static func writePending() {
        guard let statuses = self.statuses else { return }
        for index in 0..<self.statusCount {
            let pending = statuses[index].pointee.pendingLog.pointee
            if pending.count > 0 { _ = write(self.descriptor, pending.start, pending.count) }
        }
    }

    /// Writes a last line about the signal that ends the process.
    static func writeCrash(_ signal: Int32) {
        self.writePending()
        guard let memory = self.line else { return }
        var line = SignalLine(memory: memory)
        if self.isText {
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
            if let common = self.common { line.append(common) }
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
        _ = write(self.descriptor, memory.baseAddress, line.count)
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
        guard let statuses = self.statuses else { return false }
        for index in 0..<self.statusCount
        where pthread_equal(statuses[index].pointee.thread, pthread_self()) != 0 {
            let length = statuses[index].pointee.requestIDLength
            line.append(UnsafeRawBufferPointer(rebasing: statuses[index].pointee.requestID[..<length]))
            return length > 0
        }
        return false
    }
}
