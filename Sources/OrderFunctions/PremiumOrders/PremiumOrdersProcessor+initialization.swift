package import LambdaRuntime
internal import Platform

extension PremiumOrdersProcessor {
    /// Configured by `PREMIUM_TOPIC_ARN`, the two minimum amounts, `TEST_EMAIL_DOMAINS`, `DEAD_LETTER_QUEUE_URL` and
    /// `ARCHIVE_BUCKET`.
    package init(_ context: InitializationContext) throws {
        let environment = context.environment
        let services = try AWSServices(context)
        self.init(
            rules: try environment.orderRules(),
            topicARN: try environment.require("PREMIUM_TOPIC_ARN"),
            sns: services.sns,
            deadLetters: try services.deadLetterQueue(of: "PremiumOrdersProcessor", environment),
            time: context.loop,
            retry: TransientRetry(time: context.loop)
        )
    }
}
