internal import JSONText
internal import Orders
internal import OrdersCommand
internal import Testing

/// What the page is told of the stack itself.
@Suite struct StackSectionTests {
    private func section(_ parameters: [String: String] = [:], isLocal: Bool = false) throws -> DashboardValue {
        let bands = AmountBands(
            normalMinimum: try #require(AmountThreshold("100")),
            premiumMinimum: try #require(AmountThreshold("1000"))
        )
        let stack = DeployedStack(
            name: "orders",
            id: "arn:aws:cloudformation:eu-west-1:123456789012:stack/orders/1",
            parameters: parameters
        )
        return StackSection(stack: stack, bands: try #require(bands), isLocal: isLocal).value
    }

    @Test func `a stack is told by its names, its place and its rules`() throws {
        var writer = JSONWriter()
        try self.section(["Deduplication": "shard", "LogLevel": "WARN"]).write(to: &writer)
        let expected = [
            #"{"account":"123456789012","deduplication":"shard","name":"orders","normalMinimum":"100","place":"aws","#,
            #""premiumMinimum":"1000","region":"eu-west-1","unlogged":{"batches":"LogLevel","orders":"LogLevel"}}"#,
        ]
        #expect(String(decoding: writer.bytes, as: UTF8.self) == expected.joined())
        #expect(try self.section(isLocal: true)["place"] == "local")
    }

    @Test(
        arguments: [
            ([:], [:]),
            (["LogLevel": "TRACE", "OrderLog": "all"], [:]),
            (["LogLevel": "INFO"], [:]),
            (["LogLevel": "WARN"], ["batches": "LogLevel", "orders": "LogLevel"]),
            (["LogLevel": "FATAL", "OrderLog": "all"], ["batches": "LogLevel", "orders": "LogLevel"]),
            (["OrderLog": "none"], ["orders": "OrderLog"]),
            (["LogLevel": "ERROR", "OrderLog": "none"], ["batches": "LogLevel", "orders": "OrderLog"]),
        ] as [([String: String], DashboardValue)]
    )
    func `what the functions do not log is told with its parameter`(
        parameters: [String: String],
        unlogged: DashboardValue
    ) throws {
        #expect(try self.section(parameters)["unlogged"] == unlogged)
    }
}
