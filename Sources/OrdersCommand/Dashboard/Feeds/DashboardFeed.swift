internal import AWSClient
package import PipesRunner
package import Platform

/// One source of what the page shows, which is asked again and again while a page is open.
package protocol DashboardFeed: Sendable {
    /// As the page's notes name it.
    static var name: String { get }

    /// How long to wait between two polls.
    var interval: Duration { get }

    /// Reads what is new and puts it into the store.
    mutating func poll(into store: DashboardStore) async throws
}

/// Asks a feed at its pace.
package struct FeedRunner: Sendable {
    /// A source that takes long, such as a day of 10,000 products, is asked so much less often: at most a fifth of the
    /// time goes into it.
    private static let restFactor = 4
    /// How often is looked whether a page was opened.
    private static let idle = Duration.milliseconds(200)

    private let store: DashboardStore
    private let time: any TimeSource
    private let stop: StopFlag
    /// The longest wait after failures in a row.
    private let patience: Duration
    private let failure: FeedFailure

    /// A runner that asks until `stop` is set, and after failures waits `patience` at most.
    package init(
        store: DashboardStore,
        time: any TimeSource,
        stop: StopFlag,
        patience: Duration,
        failure: FeedFailure
    ) {
        self.store = store
        self.time = time
        self.stop = stop
        self.patience = patience
        self.failure = failure
    }

    /// Polls until the stop; a failure is shown on the page, and waited after, each time twice as long.
    package func run<Feed: DashboardFeed>(_ feed: Feed) async {
        var feed = feed
        var failures = 0
        while !self.stop.isSet, !Task.isCancelled {
            guard self.store.hasViewers else {
                try? await self.time.sleep(for: Self.idle)
                continue
            }
            let start = self.time.uptime
            do {
                try await feed.poll(into: self.store)
                failures = 0
                self.store.report(Feed.name, failure: nil)
            } catch {
                failures += 1
                let text = (error as? AWSError).map { self.failure.text($0) } ?? "\(error)"
                self.store.report(Feed.name, failure: text)
            }
            let spent = self.time.uptime - start
            let backoff = min(self.patience, feed.interval * (1 << min(failures, 10)))
            await self.rest(max(failures == 0 ? feed.interval : backoff, spent * Self.restFactor))
        }
    }

    /// In pieces, so that the stop is seen.
    private func rest(_ duration: Duration) async {
        let end = self.time.uptime + duration
        while !self.stop.isSet, !Task.isCancelled, self.time.uptime < end {
            try? await self.time.sleep(for: min(Self.idle, end - self.time.uptime))
        }
    }
}

/// How often each source is asked: at once locally, where it costs nothing, and at a price on AWS that the page's
/// documentation tells.
package struct FeedPace: Sendable {
    let figures: Duration
    let products: Duration
    let changes: Duration
    let logs: Duration
    let queues: Duration
    let shards: Duration
    let alarms: Duration
    let patience: Duration

    /// Of a local AWS.
    package static let local = FeedPace(
        figures: .milliseconds(400),
        products: .milliseconds(800),
        changes: .milliseconds(400),
        logs: .milliseconds(800),
        queues: .seconds(1),
        shards: .seconds(1),
        alarms: .seconds(5),
        patience: .seconds(2)
    )
    /// Of AWS itself.
    package static let aws = FeedPace(
        figures: .seconds(2),
        products: .seconds(30),
        changes: .seconds(3),
        logs: .seconds(10),
        queues: .seconds(10),
        shards: .seconds(15),
        alarms: .seconds(60),
        patience: .seconds(60)
    )
}
