internal import AWSClient
package import LambdaRuntime
internal import Orders
internal import Platform

extension OrderArchiver {
    /// Configured by `ARCHIVE_BUCKET`, `ORDERS_TABLE`, `CHECKPOINTS_TABLE`, the two minimum amounts and
    /// what `Environment.inputRules()` names.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let aws = try AWSServices(context)
        let retry = TransientRetry(time: context.loop)
        let rules = try environment.inputRules()
        self.init(
            archive: Archive(bucket: try environment.require("ARCHIVE_BUCKET"), s3: aws.s3, retry: retry),
            orders: OrdersTable(
                name: try environment.require("ORDERS_TABLE"),
                bands: try environment.amountBands(),
                rules: rules,
                dynamoDB: aws.dynamoDB,
                retry: retry
            ),
            checkpoints: CheckpointsTable(
                name: try environment.require("CHECKPOINTS_TABLE"),
                function: Self.name,
                dynamoDB: aws.dynamoDB,
                time: context.loop
            ),
            decoder: OrderRecordDecoder(rules: rules),
            retry: retry,
            time: context.loop
        )
    }
}
