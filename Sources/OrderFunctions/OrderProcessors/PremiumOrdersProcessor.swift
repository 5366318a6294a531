package import AWSClient
internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Notifies of premium orders that went from pending to shipped, as their changes come through the Pipe.
///
/// At least once: a notification carries the stream's event id, by which receivers drop repetitions.
package struct PremiumOrdersProcessor: LambdaHandler {
    private let rules: OrderRules
    private let topicARN: String
    private let sns: any SNSOperations
    private let batches: StreamBatchProcessor
    private let retry: TransientRetry

    package init(
        rules: OrderRules,
        topicARN: String,
        sns: any SNSOperations,
        deadLetters: DeadLetterQueue,
        time: any TimeSource,
        retry: TransientRetry
    ) {
        self.rules = rules
        self.topicARN = topicARN
        self.sns = sns
        self.batches = StreamBatchProcessor(deadLetters: deadLetters, time: time, retry: retry)
        self.retry = retry
    }

    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let outcomes = await self.batches.run(try DynamoDBStreamEvent.read(event), context: context) { record in
            let decision = try self.rules.premiumDecision(
                eventName: record.eventName.rawValue,
                oldImage: record.oldImage,
                newImage: record.newImage
            )
            switch decision {
            case .skip(let reason):
                return .done(.skipped(reason))
            case .process(let order):
                return .request(order.id, record) { deadline in
                    try await self.notify(PremiumNotification(order, record), until: deadline)
                    context.logger.info(
                        "premium order shipped",
                        [
                            "order_id": .string(order.id.text), "amount": .string(order.amount?.text ?? ""),
                            "event_id": .string(record.eventID ?? ""),
                        ]
                    )
                }
            }
        }
        let processed = outcomes.compactMap { outcome in
            if case .processed(let id) = outcome { id.text } else { nil }
        }
        return try outcomes.batchResponse().processorJSON(premiumOrdersProcessed: processed)
    }

    private func notify(_ notification: PremiumNotification, until deadline: WorkDeadline) async throws {
        let input = PublishInput(
            topicARN: self.topicARN,
            message: notification.json,
            messageAttributes: notification.eventID.map { ["eventID": $0] } ?? [:]
        )
        _ = try await self.retry.run(until: deadline) { () async throws(AWSError) in
            try await self.sns.publish(input, deadline: deadline.instant)
        }
    }
}
