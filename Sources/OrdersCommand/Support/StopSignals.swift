internal import Foundation
internal import PipesRunner

/// SIGINT and SIGTERM as a flag.
///
/// A second signal ends the process as it would without us, but not at once: a terminal, a shell and `timeout` each may
/// send the first one.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ stop: StopFlag) {
        self.sources = [SIGINT, SIGTERM].map { number in
            // A dispatch source sees a signal only while it does not end the process.
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler {
                stop.set()
                DispatchQueue.global().asyncAfter(deadline: .now() + 1) { signal(number, SIG_DFL) }
            }
            source.resume()
            return source
        }
    }

    /// To be called once, at the start.
    ///
    /// Swift's runtime catches these two to print where a process crashed, and returns: one that was sent by somebody else,
    /// as by `^\` in a terminal, would then change nothing.
    static func letOthersEndTheProcess() {
        for number in [SIGQUIT, SIGABRT] {
            var action = sigaction()
            guard sigaction(number, nil, &action) == 0 else { continue }
            // A caller may have asked for the signal to be ignored, as `nohup` does for SIGHUP.
            let isIgnored = action.sa_flags & SA_SIGINFO == 0 && Self.isIgnoring(action)
            if !isIgnored { signal(number, SIG_DFL) }
        }
    }

    private static func isIgnoring(_ action: sigaction) -> Bool {
        let ignore = unsafeBitCast(SIG_IGN, to: Int.self)
        return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == ignore
    }

    deinit {
        self.sources.forEach { $0.cancel() }
    }
}
