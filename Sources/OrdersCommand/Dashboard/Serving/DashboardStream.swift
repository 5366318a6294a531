internal import FlyingFox
internal import FlyingSocks
internal import JSONText
internal import Orders
internal import Platform

/// The events of one page (`text/event-stream`): first all that it shows, then what has changed.
///
/// Each patch is what differs from what the page has been sent, so that changes gather while a page is slow to take them.
struct DashboardStream: AsyncBufferedSequence, Sendable {
    typealias Element = UInt8

    /// At most so often is a page told of changes: more is more than anybody can follow.
    private static let pace = Duration.milliseconds(200)
    /// A page that went away is noticed by writing to it, and a page notices by silence that the server has gone.
    private static let heartbeat = Duration.seconds(2)

    let store: DashboardStore
    let selection: DaySelection
    let viewer: Int
    let changes: AsyncStream<Void>

    func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// It leaves the store when it is released: the connection has ended.
    final class Iterator: AsyncBufferedIteratorProtocol {
        private let stream: DashboardStream
        private let signals: AsyncStream<Void>
        private let relays: [Task<Void, Never>]
        private var shown: DashboardValue?

        init(_ stream: DashboardStream) {
            self.stream = stream
            let (signals, signal) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
            self.signals = signals
            self.relays = [
                Task {
                    for await _ in stream.changes { signal.yield() }
                    signal.finish()
                },
                Task {
                    while (try? await Task.sleep(for: DashboardStream.heartbeat)) != nil { signal.yield() }
                },
            ]
        }

        deinit {
            self.relays.forEach { $0.cancel() }
            self.stream.store.leave(self.stream.viewer)
        }

        func next() async throws -> UInt8? {
            preconditionFailure("the server reads whole events: nextBuffer(suggested:)")
        }

        func nextBuffer(suggested count: Int) async throws -> [UInt8]? {
            let today = Day(SystemClock.now)
            guard let shown = self.shown else {
                let value = self.stream.store.view(self.stream.selection, today: today)
                self.shown = value
                return Self.event("state") { value.write(to: &$0) }
            }
            for await _ in self.signals {
                try await Task.sleep(for: DashboardStream.pace)
                let value = self.stream.store.view(self.stream.selection, today: Day(SystemClock.now))
                guard let patch = DashboardPatch(from: shown, to: value) else { return Array(": \n\n".utf8) }
                self.shown = value
                return Self.event("patch") { patch.write(to: &$0) }
            }
            return nil
        }

        private static func event(_ name: String, _ write: (inout JSONWriter) -> Void) -> [UInt8] {
            var writer = JSONWriter()
            write(&writer)
            return Array("event: \(name)\ndata: ".utf8) + writer.bytes + Array("\n\n".utf8)
        }
    }
}
