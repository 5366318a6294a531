import OrdersCommand
import PipesRunner
import Testing

@Suite struct RedriveScopeTests {
    private static let stream = "arn:aws:kinesis:eu-west-1:123456789012:stream/orders-OrderStream"
    private static let queueURL = "http://127.0.0.1:4566/123456789012/orders-AnalyticsDLQ"

    /// An empty member counts as left out.
    private static func letter(_ change: [String: String] = [:]) throws -> DeadLetterMessage.FunctionLetter {
        let members = [
            "function": "AnalyticsAggregator", "reason": "not JSON", "source": self.stream,
            "shardId": "shardId-000000000001", "sequenceNumber": "495", "bucket": "orders-ArchiveBucket",
            "key": "dead-letters/AnalyticsAggregator/shardId-000000000001-495",
        ].merging(change) { $1 }
        let text = members.map { "\"\($0)\":\"\($1)\"" }.joined(separator: ",")
        guard case .letter(let letter) = DeadLetterMessage(body: #"{"format":1,\#(text)}"#) else {
            throw ToolError.failed("no letter: \(text)")
        }
        return letter
    }

    @Test func `A letter goes to its function, by what the stack says`() throws {
        let scope = try RedriveScope(lettersOf: Self.queueURL, in: Fixtures.template())
        let function = try scope.function(for: Self.letter())
        #expect(function.arn == "arn:aws:lambda:eu-west-1:123456789012:function:orders-AnalyticsAggregator")
        _ = try scope.function(for: Self.letter(["sequenceNumber": "495:3"]))
        _ = try scope.function(for: Self.letter(["bucket": "", "record": "eyJhIjoxfQ=="]))
    }

    @Test(
        arguments: [
            // Another function of the stack, one of the account, and none.
            (["function": "PremiumOrdersProcessor"], "does not send to this queue"),
            (["function": "arn:aws:lambda:eu-west-1:123456789012:function:payroll"], "does not send to this queue"),
            (["function": ""], "does not send to this queue"),
            // Somebody else's bucket, and other objects of the stack's.
            (["bucket": "payroll"], "points to"),
            (["key": "orders/dt=2025-08-27/hour=10/1.ndjson.gz"], "points to"),
            (["key": "dead-letters/../orders/dt=2025-08-27/1.ndjson.gz"], "points to"),
            (["key": "dead-letters/./1"], "points to"),
            (["key": "dead-letters//1"], "points to"),
            (["key": "dead-letters/"], "points to"),
            (["key": "x/dead-letters/1"], "points to"),
            // A record that would be taken for one of another stream, shard or kind.
            (["source": "arn:aws:kinesis:eu-west-1:123456789012:stream/other"], "is not the stream"),
            (["shardId": "shardId-1:9"], "none"),
            (["shardId": "shardId-1/../2"], "none"),
            (["sequenceNumber": "-1"], "none"),
            (["sequenceNumber": "495:"], "none"),
            (["sequenceNumber": "1:2:3"], "none"),
            (["shardId": ""], "another kind"),
        ] as [([String: String], String)]
    )
    func `A letter that says something else stays in the queue`(change: [String: String], reason: String) throws {
        let scope = try RedriveScope(lettersOf: Self.queueURL, in: Fixtures.template())
        let letter = try Self.letter(change)
        let refusal = #expect(throws: RedriveScope.Refusal.self) { try scope.function(for: letter) }
        #expect(refusal?.reason.contains(reason) == true, "\(refusal?.reason ?? "")")
    }

    @Test func `A record that Lambda would not take stays`() throws {
        let scope = try RedriveScope(lettersOf: Self.queueURL, in: Fixtures.template())
        try scope.check(recordBytes: 6 * 1_024 * 1_024)
        #expect(throws: RedriveScope.Refusal.self) { try scope.check(recordBytes: 6 * 1_024 * 1_024 + 1) }
    }

    @Test func `A foreign text in a message is short and obeyed by no terminal`() {
        #expect(RedriveScope.quote("a\u{1B}[2Jb\u{202E}c\nd") == "\"a?[2Jb?c?d\"")
        #expect(RedriveScope.quote(String(repeating: "x", count: 500)).count == 83)
    }
}
