internal import Glibc
internal import JSONText
internal import Synchronization

/// What a signal handler must know about a loop: whether an invocation is in flight, which one, and which log lines are
/// not out yet.
///
/// In memory of a fixed place, since a handler can neither lock nor allocate.
package struct LoopStatus: ~Copyable, @unchecked Sendable {  // `state` is atomic, the rest one thread's
    // A signal handler reads the rest, and at worst sees a request id that is just changing.

    private enum State {
        /// Starting, or an invocation is in flight.
        static let busy: UInt8 = 0
        /// Waiting for an event.
        static let idle: UInt8 = 1
        /// SIGTERM came while an invocation was in flight.
        static let draining: UInt8 = 2
        /// Takes no more events.
        static let stopped: UInt8 = 3
        /// SIGTERM came while waiting; an event may be on its way from the socket to the loop at this moment.
        static let leaving: UInt8 = 4
    }

    /// A request id is a UUID, 36 bytes; of a longer one the start is shown.
    static let longestRequestID = 128

    private let state = Atomic<UInt8>(State.busy)
    /// The loop's thread.
    private(set) var thread: pthread_t
    /// The loop's connection, if it has one: negative for none.
    var descriptor: Int32 = -1
    let requestID = UnsafeMutableRawBufferPointer.allocate(byteCount: longestRequestID, alignment: 8)
    private(set) var requestIDLength = 0
    let pendingLog: UnsafePointer<LogBuffer.Content>

    init(output: LogOutput) {
        self.thread = pthread_self()
        self.pendingLog = output.pendingForSignalHandler
    }

    deinit { self.requestID.deallocate() }

    var isStopped: Bool { self.state.load(ordering: .acquiring) == State.stopped }

    /// Called by the loop's thread when it begins.
    mutating func adoptThread() {
        self.thread = pthread_self()
    }

    /// Before `next`; false: SIGTERM came meanwhile, so the loop has to stop.
    borrowing func becomeIdle() -> Bool {
        if self.move(from: State.busy, to: State.idle) || self.state.load(ordering: .acquiring) == State.idle {
            return true
        }
        self.state.store(State.stopped, ordering: .releasing)
        return false
    }

    /// With an event in hand; false: SIGTERM came first, and the process is about to end.
    borrowing func becomeBusy() -> Bool {
        self.move(from: State.idle, to: State.busy) || self.move(from: State.leaving, to: State.draining)
    }

    /// SIGTERM: a busy loop stops after its response, an idle one once `confirmStop` finds it still idle.
    ///
    /// Safe in a signal handler.
    borrowing func requestStop() {
        if !self.move(from: State.idle, to: State.leaving) { _ = self.move(from: State.busy, to: State.draining) }
    }

    /// A moment after SIGTERM: stops a loop that is still idle, unless an event has arrived that nobody has read yet.
    ///
    /// Safe in a signal handler.
    borrowing func confirmStop() {
        if !self.hasArrivedBytes { _ = self.move(from: State.leaving, to: State.stopped) }
    }

    private var hasArrivedBytes: Bool {
        var byte: UInt8 = 0
        return self.descriptor >= 0 && recv(self.descriptor, &byte, 1, Int32(MSG_PEEK) | Int32(MSG_DONTWAIT)) > 0
    }

    private borrowing func move(from state: UInt8, to next: UInt8) -> Bool {
        self.state.compareExchange(expected: state, desired: next, ordering: .acquiringAndReleasing).exchanged
    }

    /// Notes the invocation in flight for the line about a crash; "" for none.
    mutating func note(requestID: String) {
        self.requestIDLength = 0
        self.requestIDLength = requestID.withUTF8Bytes { bytes in
            var length = 0
            // Only what needs no escaping, since the handler does none.
            while length < min(bytes.count, Self.longestRequestID), Self.isPlain(bytes[length]) {
                self.requestID[length] = bytes[length]
                length += 1
            }
            return length
        }
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }
}
