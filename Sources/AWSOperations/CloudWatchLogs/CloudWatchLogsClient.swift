package import AWSClient
internal import JSONText
package import Platform

extension AWSService {
    /// CloudWatch Logs.
    package static let cloudWatchLogs = AWSService(
        name: "CloudWatchLogs",
        environmentName: "CLOUDWATCH_LOGS",
        hostPrefix: "logs",
        wireProtocol: .json(version: "1.1", targetPrefix: "Logs_20140328"),
        govCloudFIPS: .singleStackOfKnownRegions
    )
}

/// CloudWatch Logs over the network, as far as the tool reads the functions' logs.
package struct CloudWatchLogsClient: CloudWatchLogsOperations {
    private let session: AWSSession

    /// CloudWatch Logs by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// One page of a log group's events, oldest first in each of its streams.
    package func filterLogEvents(
        _ input: FilterLogEventsInput,
        deadline: UTCInstant?
    ) async throws(AWSError) -> FilterLogEventsOutput {
        let write = { (writer: inout JSONWriter) in
            writer.member("logGroupName", input.logGroupName)
            for (name, time) in [("startTime", input.startTime), ("endTime", input.endTime)] {
                guard let time else { continue }
                writer.key(name)
                writer.integer(time)
            }
            writer.optional("filterPattern", input.filterPattern)
            writer.optional("nextToken", input.nextToken)
        }
        return try await self.session.call(.cloudWatchLogs, "FilterLogEvents", deadline: deadline, write: write) {
            reader in
            var output = FilterLogEventsOutput(events: [])
            try reader.readObject { key, reader in
                switch key {
                case "events":
                    try reader.readArray { _, reader in output.events.append(try LogEvent(from: &reader)) }
                case "nextToken": output.nextToken = try reader.readOptionalString()
                default: try reader.skip()
                }
            }
            return output
        }
    }
}

extension CloudWatchLogsClient {
    /// Days that each group keeps its lines, by the group's name, of those whose names begin like this; nil is for ever.
    package func describeLogGroups(
        prefix: String,
        deadline: UTCInstant?
    ) async throws(AWSError) -> [String: Int?] {
        var groups: [String: Int?] = [:]
        try await AWSSession.forEachPage(of: "CloudWatchLogs.DescribeLogGroups") { token throws(AWSError) in
            let write = { (writer: inout JSONWriter) in
                writer.member("logGroupNamePrefix", prefix)
                writer.optional("nextToken", token)
            }
            return try await self.session.call(.cloudWatchLogs, "DescribeLogGroups", deadline: deadline, write: write) {
                reader in
                var next: String?
                try reader.readObject { key, reader in
                    switch key {
                    case "logGroups":
                        try reader.readArray { _, reader in
                            var (name, days): (String, Int?) = ("", nil)
                            try reader.readObject { key, reader in
                                switch key {
                                case "logGroupName": name = try reader.readString()
                                case "retentionInDays": days = Int(try reader.readInteger())
                                default: try reader.skip()
                                }
                            }
                            groups[name] = .some(days)
                        }
                    case "nextToken": next = try reader.readOptionalString()
                    default: try reader.skip()
                    }
                }
                return next
            }
        }
        return groups
    }
}

extension LogEvent {
    fileprivate init(from reader: inout JSONReader) throws {
        self.init(eventID: "", timestamp: 0, message: "")
        try reader.readObject { key, reader in
            switch key {
            case "eventId": self.eventID = try reader.readString()
            case "timestamp": self.timestamp = try reader.readInteger()
            case "message": self.message = try reader.readString()
            default: try reader.skip()
            }
        }
    }
}
