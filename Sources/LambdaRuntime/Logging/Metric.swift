internal import JSONText
internal import Platform

/// A number that CloudWatch makes a metric of, out of the log line it stands in.
package struct Metric: Sendable, Equatable {
    /// Units by CloudWatch's names.
    package enum Unit: String, Sendable {
        case count = "Count"
        case milliseconds = "Milliseconds"
        /// Whatever CloudWatch has no unit for, as amounts of money.
        case none = "None"
    }

    /// A metric's number; CloudWatch rounds it to a double.
    package enum Value: Sendable, Equatable {
        case integer(Int)
        /// A plain decimal, such as `250.5`.
        case decimal(String)
    }

    /// What it is called in CloudWatch: words with capital letters, as AWS's own metrics are.
    package let name: String
    /// What it is counted in.
    package let unit: Unit
    /// How much there was.
    package let value: Value

    /// A metric of one invocation.
    package init(_ name: String, _ unit: Unit, _ value: Value) {
        self.name = name
        self.unit = unit
        self.value = value
    }
}

extension Logger {
    /// Writes a line in CloudWatch's embedded metric format: the metrics cost no request, and come whatever the log level is.
    ///
    /// As with Powertools, `POWERTOOLS_METRICS_NAMESPACE` is the namespace, and the first dimension is `service`. Without
    /// both nothing is written.
    package func emit(_ metrics: [Metric], dimensions: KeyValuePairs<String, String> = [:]) {
        let configuration = self.output.configuration
        guard let namespace = configuration.metricsNamespace, let service = configuration.service, !metrics.isEmpty
        else {
            return
        }
        // Lambda drops lines below the level that it is told, this one included.
        let level = max(configuration.level, .info)
        let embedded = EmbeddedMetrics(namespace: namespace, service: service, dimensions: dimensions, metrics: metrics)
        self.output.log(level, "metrics", [:], of: self.invocation, metrics: embedded)
    }
}

/// The members of a log line that make metrics of it.
///
/// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
struct EmbeddedMetrics: Sendable {
    let namespace: String
    /// The member `service` of every line, which is the first dimension.
    let service: String
    let dimensions: KeyValuePairs<String, String>
    let metrics: [Metric]

    /// Appends the members, each with a comma in front.
    func append(to bytes: inout [UInt8], time: UTCInstant) {
        JSONWriter.appendKey("_aws", to: &bytes)
        bytes.append(contentsOf: #"{"Timestamp":"#.utf8)
        bytes.append(contentsOf: String(time.millisecondsSince1970).utf8)
        bytes.append(contentsOf: #","CloudWatchMetrics":[{"Namespace":"#.utf8)
        JSONWriter.appendQuoted(self.namespace, to: &bytes)
        bytes.append(contentsOf: #","Dimensions":[["service""#.utf8)
        for (name, _) in self.dimensions {
            bytes.append(UInt8(ascii: ","))
            JSONWriter.appendQuoted(name, to: &bytes)
        }
        bytes.append(contentsOf: #"]],"Metrics":["#.utf8)
        for (index, metric) in self.metrics.enumerated() {
            bytes.append(contentsOf: (index == 0 ? #"{"Name":"# : #",{"Name":"#).utf8)
            JSONWriter.appendQuoted(metric.name, to: &bytes)
            bytes.append(contentsOf: #","Unit":""#.utf8)
            bytes.append(contentsOf: metric.unit.rawValue.utf8)
            bytes.append(contentsOf: #""}"#.utf8)
        }
        bytes.append(contentsOf: "]}]}".utf8)
        for (name, value) in self.dimensions {
            JSONWriter.appendKey(name, to: &bytes)
            JSONWriter.appendQuoted(value, to: &bytes)
        }
        for metric in self.metrics {
            JSONWriter.appendKey(metric.name, to: &bytes)
            switch metric.value {
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .decimal(let text): bytes.append(contentsOf: text.utf8)
            }
        }
    }
}
