internal import Glibc
internal import Synchronization

/// What the process does on SIGTERM and when it traps.
///
/// Handlers may use neither locks nor memory of their own, so all they need is laid out before, in `SignalRecord`.
enum SignalHandlers {
    /// How long an event can be on its way from the socket to the loop.
    private static let confirmation = 20_000
    /// What an invocation in flight gets beyond that.
    ///
    /// Lambda kills after 300 ms at the earliest.
    private static let grace = 230_000
    nonisolated(unsafe) private static var isConfirmed = false  // read and written by the handler of SIGALRM only
    private static let isDraining = Atomic<Bool>(false)

    static func install(statuses: [UnsafeMutablePointer<LoopStatus>], logs: LogConfiguration) {
        SignalRecord.prepare(statuses: statuses, logs: logs)
        self.handle(SIGTERM, flags: SA_RESTART) { _ in SignalHandlers.drain() }
        self.handle(SIGALRM, flags: SA_RESTART) { _ in SignalHandlers.alarm() }
        // Whoever started the process may have had them blocked, which is inherited.
        var wanted = sigset_t()
        sigemptyset(&wanted)
        sigaddset(&wanted, SIGTERM)
        sigaddset(&wanted, SIGALRM)
        pthread_sigmask(SIG_UNBLOCK, &wanted, nil)
        self.prepareThread()
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

    /// Gives the calling thread a stack for its signal handlers: a stack overflow leaves none to handle it on.
    ///
    /// Threads do not inherit it.
    static func prepareThread() {
        var stack = stack_t()
        stack.ss_size = 64 * 1_024
        stack.ss_sp = .allocate(byteCount: stack.ss_size, alignment: 16)
        sigaltstack(&stack, nil)
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
        // A shell, `timeout` and a process group may each send one; only the first begins the time that is left.
        if self.isDraining.exchange(true, ordering: .relaxed) { return }
        SignalRecord.requestStop()
        self.startTimer(microseconds: self.confirmation)
    }

    private static func alarm() {
        if !self.isConfirmed {
            self.isConfirmed = true
            SignalRecord.confirmStop()
            if !SignalRecord.areStopped { return self.startTimer(microseconds: self.grace) }
        }
        SignalRecord.writePending()
        _exit(0)
    }

    private static func startTimer(microseconds: Int) {
        var timer = itimerval(it_interval: timeval(), it_value: timeval(tv_sec: 0, tv_usec: microseconds))
        setitimer(__itimer_which_t(ITIMER_REAL.rawValue), &timer, nil)
    }
}
