package import LambdaRuntime
internal import Platform

extension OrderWriter {
    /// Configured by `ORDERS_TABLE` and the two minimum amounts.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let table = OrdersTable(
            name: try environment.require("ORDERS_TABLE"),
            bands: try environment.amountBands(),
            dynamoDB: try AWSServices(context).dynamoDB,
            retry: TransientRetry(time: context.loop)
        )
        self.init(table: table, time: context.loop)
    }
}
