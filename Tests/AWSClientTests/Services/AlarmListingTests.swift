internal import AWSOperations
internal import TestSupport
internal import Testing

/// Listings of CloudWatch's alarms.
@Suite struct AlarmListingTests {
    @Test func `a page that breaks off and is read again is listed once`() async throws {
        let alarm = "{\"AlarmName\":\"orders-Errors\",\"StateValue\":\"OK\"}"
        let transport = ScriptedTransport([
            .json(200, "{\"MetricAlarms\":[\(alarm),{\"AlarmName\":"), .json(200, "{\"MetricAlarms\":[\(alarm)]}"),
        ])
        let client = CloudWatchClient(session: try .scripted(transport))
        let alarms = try await client.describeAlarms(names: ["orders-Errors"], deadline: nil)
        #expect(alarms == [CloudWatchAlarm(name: "orders-Errors", state: "OK")])
        #expect(transport.requests.count == 2)
    }
}
