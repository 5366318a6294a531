internal import AWSClient
package import LambdaRuntime
internal import Platform

extension OrderArchiver {
    /// Configured by `ARCHIVE_BUCKET`, `ORDERS_TABLE`, `CHECKPOINTS_TABLE`, the two minimum amounts and
    /// `ZONELESS_TIMESTAMPS`.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let aws = try AWSServices(context)
        let retry = TransientRetry(time: context.loop)
        self.init(
            archive: Archive(bucket: try environment.require("ARCHIVE_BUCKET"), s3: aws.s3, retry: retry),
            orders: OrdersTable(
                name: try environment.require("ORDERS_TABLE"),
                bands: try environment.amountBands(),
                rules: try environment.inputRules(),
                dynamoDB: aws.dynamoDB,
                retry: retry
            ),
            checkpoints: CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                dynamoDB: aws.dynamoDB,
                time: context.loop
            ),
            retry: retry,
            time: context.loop
        )
    }
}
