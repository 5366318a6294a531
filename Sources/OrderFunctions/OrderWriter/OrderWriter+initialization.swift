package import LambdaRuntime
internal import Platform

extension OrderWriter {
    /// Configured by `ORDERS_TABLE`, the two minimum amounts and `TEST_EMAIL_DOMAINS`.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let table = OrdersTable(
            name: try environment.require("ORDERS_TABLE"),
            rules: try environment.orderRules(),
            dynamoDB: try AWSServices(context).dynamoDB,
            retry: TransientRetry(time: context.loop)
        )
        self.init(table: table, time: context.loop)
    }
}
