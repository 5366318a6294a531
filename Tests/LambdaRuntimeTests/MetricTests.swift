import Foundation
import LambdaRuntime
import Platform
import Testing

@Suite struct MetricTests {
    private static func configuration(
        _ level: LogLevel = .info,
        _ format: LogConfiguration.Format = .json
    ) -> LogConfiguration {
        LogConfiguration(level: level, format: format, service: "orders", metricsNamespace: "OrderPipeline")
    }

    private static let metrics = [
        Metric("OrdersCounted", .count, .integer(3)), Metric("Revenue", .none, .decimal("250.5")),
    ]

    @Test func `a line is in the embedded metric format, with the keys of other lines`() {
        let log = LogRecorder()
        let output = log.output(Self.configuration())
        let logger = Logger(output: output, requestID: "r1", traceID: nil, coldStart: true)
        logger.emit(Self.metrics, dimensions: ["currency": "EUR"])
        logger.flush()
        #expect(
            log.text == #"""
                {"level":"INFO","message":"metrics","timestamp":"2023-11-14T22:13:20.000Z","service":"orders",\#
                "cold_start":true,"function_request_id":"r1","requestId":"r1","_aws":{"Timestamp":1700000000000,\#
                "CloudWatchMetrics":[{"Namespace":"OrderPipeline","Dimensions":[["service","currency"]],"Metrics":[\#
                {"Name":"OrdersCounted","Unit":"Count"},{"Name":"Revenue","Unit":"None"}]}]},"currency":"EUR",\#
                "OrdersCounted":3,"Revenue":250.5}

                """#
        )
    }

    @Test(arguments: [
        (LogLevel.trace, "INFO"), (.info, "INFO"), (.warn, "WARN"), (.error, "ERROR"), (.fatal, "FATAL"),
    ])
    func `metrics come whatever the level is, which Lambda lets through`(level: LogLevel, name: String) {
        let log = LogRecorder()
        let logger = Logger(output: log.output(Self.configuration(level)))
        logger.emit(Self.metrics)
        logger.flush()
        #expect(log.lines.count == 1)
        #expect(log.text.hasPrefix(#"{"level":"\#(name)","#))
    }

    @Test func `metrics are JSON where other lines are text`() throws {
        let log = LogRecorder()
        let logger = Logger(output: log.output(Self.configuration(.info, .text)))
        logger.emit(Self.metrics)
        logger.flush()
        let object = try JSONSerialization.jsonObject(with: Data(log.text.utf8)) as? [String: Any]
        #expect(object?["OrdersCounted"] as? Int == 3)
    }

    @Test(arguments: [
        LogConfiguration(service: "orders"), LogConfiguration(metricsNamespace: "OrderPipeline"),
    ])
    func `without a namespace or a service there are none`(configuration: LogConfiguration) {
        let log = LogRecorder()
        let logger = Logger(output: log.output(configuration))
        logger.emit(Self.metrics)
        logger.flush()
        #expect(log.text.isEmpty)
    }

    @Test func `the namespace is Powertools' variable`() {
        let environment = Environment(["POWERTOOLS_METRICS_NAMESPACE": "Shop"])
        #expect(LogConfiguration(environment: environment).metricsNamespace == "Shop")
        #expect(LogConfiguration(environment: Environment([:])).metricsNamespace == nil)
    }
}
