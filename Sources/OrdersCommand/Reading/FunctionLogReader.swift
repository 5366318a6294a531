package import AWSClient
package import AWSOperations
package import EventPatterns
package import Platform

/// One line of a function's log.
package struct FunctionLogLine: Sendable {
    /// The function's name in the template.
    package let function: String
    /// Tells a line from any other.
    package let eventID: String
    /// When it was written, in milliseconds since 1970.
    package let timestamp: Int64
    /// The line as it was written.
    package let text: String
    /// The members of a line in JSON; nil in the text format, which is Lambda's own (`START`, `END`, `REPORT`) where the
    /// function's `LogFormat` is not JSON.
    package let members: JSONObject?

    /// A line of the function's log.
    package init(function: String, event: LogEvent) {
        self.function = function
        self.eventID = event.eventID
        self.timestamp = event.timestamp
        self.text = event.message
        guard event.message.utf8.first == UInt8(ascii: "{"),
            case .object(let members)? = try? JSONValue(
                parsing: event.message.utf8
            )
        else {
            self.members = nil
            return
        }
        self.members = members
    }

    /// A member that is a string.
    package subscript(name: String) -> String? {
        guard case .string(let text)? = self.members?[name] else { return nil }
        return text
    }
}

/// Reads the functions' logs out of CloudWatch Logs, or its local counterpart.
package struct FunctionLogReader: Sendable {
    /// What a reading found.
    package struct Found: Sendable {
        /// The lines in the order of the log.
        package fileprivate(set) var lines: [FunctionLogLine] = []
        /// Whether the reading ended at its limit, so that there may be more.
        package fileprivate(set) var isCutOff = false
        /// How many pages were read.
        fileprivate var pages = 0
    }

    private let client: any CloudWatchLogsOperations
    private let time: any TimeSource

    /// A reader of the logs of CloudWatch Logs or its local counterpart.
    package init(client: any CloudWatchLogsOperations, time: any TimeSource) {
        self.client = client
        self.time = time
    }

    /// The lines of one function in a span of time that a filter pattern lets through, in at most `maximumPages` pages; none
    /// where the log group does not exist, since its function has never run.
    package func lines(
        of function: String,
        group: String,
        from: UTCInstant,
        to: UTCInstant? = nil,
        pattern: String? = nil,
        maximumPages: Int
    ) async throws(AWSError) -> Found {
        var found = Found()
        var input = FilterLogEventsInput(
            logGroupName: group,
            startTime: from.millisecondsSince1970,
            endTime: to?.millisecondsSince1970,
            filterPattern: pattern
        )
        for page in 1... {
            let output: FilterLogEventsOutput
            do {
                output = try await self.client.filterLogEvents(input, deadline: self.time.now + .seconds(60))
            } catch {
                if error.code == .resourceNotFound { return found }
                throw error
            }
            found.pages = page
            found.lines += output.events.map { FunctionLogLine(function: function, event: $0) }
            guard let token = output.nextToken else {
                found.isCutOff = output.events.count >= FilterLogEventsOutput.maximumEvents
                return found
            }
            guard page < maximumPages, token != input.nextToken else {
                found.isCutOff = true
                return found
            }
            input.nextToken = token
        }
        return found
    }

    /// The lines of one function in several spans of time, each line once, in at most `maximumPages` pages in all.
    ///
    /// The latest span is read first, so that it is the oldest lines that are left out at the limit.
    package func lines(
        of function: String,
        group: String,
        during windows: [HourWindow],
        pattern: String? = nil,
        maximumPages: Int
    ) async throws(AWSError) -> Found {
        // CloudWatch Logs refuses times before, which orders may have.
        let earliest = UTCInstant(secondsSince1970: 0)
        var found = Found()
        for window in HourWindow.joined(windows).reversed() where window.to > earliest {
            guard found.pages < maximumPages else {
                found.isCutOff = true
                break
            }
            let part = try await self.lines(
                of: function,
                group: group,
                from: max(window.from, earliest),
                to: window.to,
                pattern: pattern,
                maximumPages: maximumPages - found.pages
            )
            found.lines = part.lines + found.lines
            found.pages += part.pages
            found.isCutOff = found.isCutOff || part.isCutOff
        }
        return found
    }

    /// A pattern for lines that hold the text; nil where it has characters that a pattern would need to escape.
    package static func pattern(for text: String) -> String? {
        let isPlain = text.utf8.allSatisfy { byte in
            switch Character(UnicodeScalar(byte)) {
            case "a"..."z", "A"..."Z", "0"..."9", "-", "_", ".", ":", "/": true
            default: false
            }
        }
        return isPlain && !text.isEmpty ? "\"\(text)\"" : nil
    }
}
