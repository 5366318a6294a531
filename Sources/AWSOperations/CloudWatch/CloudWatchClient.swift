package import AWSClient
internal import JSONText
package import Platform

extension AWSService {
    /// CloudWatch, by the protocol that botocore chooses of the three that it has.
    package static let cloudWatch = AWSService(
        name: "CloudWatch",
        environmentName: "CLOUDWATCH",
        hostPrefix: "monitoring",
        wireProtocol: .json(version: "1.0", targetPrefix: "GraniteServiceVersion20100801"),
        govCloudFIPS: .all
    )
}

/// CloudWatch over the network, as far as the tool reads the alarms and metrics of a stack.
package struct CloudWatchClient: Sendable {
    /// The most names that one `DescribeAlarms` takes.
    package static let maximumAlarmNames = 100

    private let session: AWSSession

    /// CloudWatch by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// The state of the named alarms, at most `maximumAlarmNames`; those that do not exist are left out.
    package func describeAlarms(names: [String], deadline: UTCInstant?) async throws(AWSError) -> [CloudWatchAlarm] {
        var alarms: [CloudWatchAlarm] = []
        try await AWSSession.forEachPage(of: "CloudWatch.DescribeAlarms") { token throws(AWSError) in
            let write = { (writer: inout JSONWriter) in
                writer.key("AlarmNames")
                writer.array { writer in names.forEach { writer.string($0) } }
                writer.optional("MaxRecords", Self.maximumAlarmNames)
                writer.optional("NextToken", token)
            }
            let page = try await self.session.call(.cloudWatch, "DescribeAlarms", deadline: deadline, write: write) {
                reader in
                var (alarms, next): ([CloudWatchAlarm], String?) = ([], nil)
                try reader.readObject { key, reader in
                    switch key {
                    case "MetricAlarms":
                        try reader.readArray { _, reader in alarms.append(try CloudWatchAlarm(from: &reader)) }
                    case "NextToken": next = try reader.readOptionalString()
                    default: try reader.skip()
                    }
                }
                return (alarms, next)
            }
            // Behind the call, which reads another answer where one breaks off in the middle.
            alarms += page.0
            return page.1
        }
        return alarms
    }

    /// The greatest value of a metric over the time before `end`, as its number's text; nil where there is none.
    package func maximum(
        of metric: CloudWatchMetric,
        during seconds: Int,
        before end: UTCInstant,
        deadline: UTCInstant?
    ) async throws(AWSError) -> String? {
        let write = { (writer: inout JSONWriter) in
            writer.member("Namespace", metric.namespace)
            writer.member("MetricName", metric.name)
            writer.key("Dimensions")
            writer.array { writer in
                guard let dimension = metric.dimension else { return }
                writer.object { writer in
                    writer.member("Name", dimension)
                    writer.member("Value", metric.value)
                }
            }
            writer.key("StartTime")
            writer.integer(end.secondsSince1970 - Int64(seconds))
            writer.key("EndTime")
            writer.integer(end.secondsSince1970)
            writer.key("Period")
            writer.integer(seconds)
            writer.key("Statistics")
            writer.array { $0.string("Maximum") }
        }
        return try await self.session.call(.cloudWatch, "GetMetricStatistics", deadline: deadline, write: write) {
            reader in
            try reader.readMember("Datapoints") { reader in
                // A period that began within the time may give a second point: the later one counts.
                var newest: (time: Double, maximum: String)?
                try reader.readArray { _, reader in
                    var point = (time: 0.0, maximum: "")
                    try reader.readObject { key, reader in
                        switch key {
                        case "Timestamp": point.time = Double(try reader.readNumber().text) ?? 0
                        case "Maximum": point.maximum = try reader.readNumber().text
                        default: try reader.skip()
                        }
                    }
                    if newest.map({ $0.time < point.time }) ?? true { newest = point }
                }
                return newest?.maximum
            } ?? nil
        }
    }
}

/// A metric of one thing: `IteratorAge` of a function.
package struct CloudWatchMetric: Sendable, Equatable {
    /// `AWS/Lambda`.
    package var namespace: String
    /// `IteratorAge`.
    package var name: String
    /// `FunctionName`; nil for a metric of the whole account.
    package var dimension: String?
    /// The dimension's value: the function's name.
    package var value: String

    /// A metric with one dimension, or by default of the whole account.
    package init(namespace: String, name: String, dimension: String? = nil, value: String = "") {
        self.namespace = namespace
        self.name = name
        self.dimension = dimension
        self.value = value
    }
}

/// An alarm as `describeAlarms` shows it.
package struct CloudWatchAlarm: Sendable, Equatable {
    /// The alarm's name.
    package var name: String
    /// `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    package var state: String
    /// Why the alarm has its state, in CloudWatch's words.
    package var reason: String?
    /// What the template says the alarm is for, and what to do.
    package var description: String?

    /// An alarm in that state.
    package init(name: String, state: String, reason: String? = nil, description: String? = nil) {
        self.name = name
        self.state = state
        self.reason = reason
        self.description = description
    }

    fileprivate init(from reader: inout JSONReader) throws {
        self.init(name: "", state: "")
        try reader.readObject { key, reader in
            switch key {
            case "AlarmName": self.name = try reader.readString()
            case "StateValue": self.state = try reader.readString()
            case "StateReason": self.reason = try reader.readOptionalString()
            case "AlarmDescription": self.description = try reader.readOptionalString()
            default: try reader.skip()
            }
        }
    }
}
