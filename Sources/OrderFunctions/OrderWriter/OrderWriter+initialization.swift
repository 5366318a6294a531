package import LambdaRuntime
internal import Platform

extension OrderWriter {
    /// Configured by `ORDERS_TABLE`, the two minimum amounts and `ZONELESS_TIMESTAMPS`.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let rules = try environment.inputRules()
        let table = OrdersTable(
            name: try environment.require("ORDERS_TABLE"),
            bands: try environment.amountBands(),
            rules: rules,
            dynamoDB: try AWSServices(context).dynamoDB,
            retry: TransientRetry(time: context.loop)
        )
        self.init(table: table, rules: rules, time: context.loop)
    }
}
