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

    deinit {
        self.sources.forEach { $0.cancel() }
    }
}
