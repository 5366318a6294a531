internal import Glibc

/// What the process does on SIGTERM and when it traps.
///
/// Handlers may use neither locks nor memory of their own, so all they need is laid out before, in `SignalRecord`.
enum SignalHandlers {
    /// Ends a process that must end but has an invocation in flight for longer than this.
    ///
    /// Lambda kills after 300 ms at the earliest.
    private static let grace = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 0, tv_usec: 250_000))

    static func install(statuses: [UnsafeMutablePointer<LoopStatus>], logs: LogConfiguration) {
        SignalRecord.prepare(statuses: statuses, logs: logs)
        self.handle(SIGTERM, flags: SA_RESTART) { _ in SignalHandlers.drain() }
        self.handle(SIGALRM, flags: SA_RESTART) { _ in SignalHandlers.giveUp() }
        // A stack overflow leaves no stack to handle it on.
        var stack = stack_t()
        stack.ss_size = 64 * 1_024
        stack.ss_sp = .allocate(byteCount: stack.ss_size, alignment: 16)
        sigaltstack(&stack, nil)
        for signal in [SIGILL, SIGTRAP, SIGABRT, SIGSEGV, SIGBUS, SIGFPE] {
            let previous = self.handle(signal, flags: SA_ONSTACK) { signal in
                SignalRecord.writeCrash(signal)
                // Whoever handled it before, a backtracer or nobody, gets it when this handler has returned.
                SignalRecord.restoreAction(signal)
                raise(signal)
            }
            SignalRecord.keep(previous, for: signal)
        }
    }

    @discardableResult
    private static func handle(
        _ signal: Int32,
        flags: Int32,
        _ handler: @escaping @convention(c) (Int32) -> Void
    ) -> sigaction {
        var action = sigaction()
        action.__sigaction_handler.sa_handler = handler
        action.sa_flags = flags
        var previous = sigaction()
        sigaction(signal, &action, &previous)
        return previous
    }

    private static func drain() {
        if SignalRecord.requestStop() {
            SignalRecord.writePending()
            _exit(0)
        }
        var timer = self.grace
        setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }

    private static func giveUp() {
        SignalRecord.writePending()
        _exit(0)
    }
}
