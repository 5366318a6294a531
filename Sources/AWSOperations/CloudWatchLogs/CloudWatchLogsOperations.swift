package import AWSClient
package import Platform

/// CloudWatch Logs as the tool sees it.
///
/// `CloudWatchLogsClient` is the real one.
package protocol CloudWatchLogsOperations: Sendable {
    /// One page of a log group's events, oldest first in each of its streams, possibly empty although more follows.
    ///
    /// Throws `.resourceNotFound` where the group does not exist.
    func filterLogEvents(
        _ input: FilterLogEventsInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> FilterLogEventsOutput
}

/// Asks for the events of one log group.
package struct FilterLogEventsInput: Sendable, Equatable {
    /// The log group's name, as `/aws/lambda/<function>`.
    package var logGroupName: String
    /// Milliseconds since 1970, itself included.
    package var startTime: Int64?
    /// Milliseconds since 1970, itself excluded.
    package var endTime: Int64?
    /// CloudWatch's filter pattern; nil for all events.
    package var filterPattern: String?
    /// `FilterLogEventsOutput.nextToken` of the page before.
    package var nextToken: String?

    /// A request for events; by default for all of the group.
    package init(
        logGroupName: String,
        startTime: Int64? = nil,
        endTime: Int64? = nil,
        filterPattern: String? = nil,
        nextToken: String? = nil
    ) {
        self.logGroupName = logGroupName
        self.startTime = startTime
        self.endTime = endTime
        self.filterPattern = filterPattern
        self.nextToken = nextToken
    }
}

/// One event of a log: a line that a function wrote, or one of Lambda's own.
package struct LogEvent: Sendable, Equatable {
    /// Tells an event from any other.
    package var eventID: String
    /// When the line was written, in milliseconds since 1970.
    package var timestamp: Int64
    /// The line as it was written.
    package var message: String

    /// An event of a log.
    package init(eventID: String, timestamp: Int64, message: String) {
        self.eventID = eventID
        self.timestamp = timestamp
        self.message = message
    }
}

/// One page of events.
package struct FilterLogEventsOutput: Sendable, Equatable {
    /// How many events a page has at most, by AWS's limit; the local AWS names no next page behind so many.
    package static let maximumEvents = 10_000

    /// The events of the page, possibly none.
    package var events: [LogEvent]
    /// Set while there are more pages.
    package var nextToken: String?

    /// A page; by default the last one.
    package init(events: [LogEvent], nextToken: String? = nil) {
        self.events = events
        self.nextToken = nextToken
    }
}
