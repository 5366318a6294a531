package import LambdaRuntime
internal import Platform

extension NormalOrdersProcessor {
    /// Configured by the two minimum amounts, `TEST_EMAIL_DOMAINS`, `DEAD_LETTER_QUEUE_URL` and `ARCHIVE_BUCKET`.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        self.init(
            rules: try environment.orderRules(),
            deadLetters: try AWSServices(context).deadLetterQueue(of: "NormalOrdersProcessor", environment),
            time: context.loop,
            retry: TransientRetry(time: context.loop)
        )
    }
}
