internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Notifies of premium orders that went from pending to shipped, as their changes come through the Pipe.
///
/// Each is notified of at least once: a notification carries the stream's event id, by which receivers drop repetitions.
package struct PremiumOrdersProcessor: OrderFunction {
    /// What dead letters call this function.
    package static let name = "PremiumOrdersProcessor"

    private let rules: OrderRules
    private let orderLog: OrderLog
    private let notifier: PremiumNotifier
    private let batches: OrderChangeProcessor

    /// A handler that chooses orders by `rules` and notifies `topicARN` of them.
    package init(
        rules: OrderRules,
        orderLog: OrderLog = .all,
        topicARN: String,
        deadLetters: DeadLetterQueue,
        services: AWSServices
    ) {
        self.rules = rules
        self.orderLog = orderLog
        self.notifier = PremiumNotifier(topicARN: topicARN, services: services)
        self.batches = OrderChangeProcessor(deadLetters: deadLetters, services: services)
    }

    /// Processes the changes that a Pipe delivers.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let (notifier, orderLog) = (self.notifier, self.orderLog)
        let batch = try OrderChangeBatch(event, image: OrderImage.read(image:))
        let outcomes = await self.batches.run(batch, context: context) { record, order in
            let decision = try self.rules.premiumDecision(
                change: ChangeKind(record.eventName),
                oldImage: record.oldImage,
                order: order
            )
            switch decision {
            case .skip(let reason): return .done(.skipped(reason))
            case .process(let order): return .process(OrderChangeProcessor.Change(order: order, record: record))
            }
        } process: { changes, deadline in
            let notifications = changes.map { PremiumNotification($0.order, $0.record) }
            let errors = await notifier.publish(notifications, until: deadline)
            for (change, error) in zip(changes, errors) where error == nil {
                orderLog.info(
                    context.logger,
                    "premium order shipped",
                    [
                        "order_id": .string(change.order.id.text),
                        "amount": .string(change.order.routing.amount?.text ?? ""),
                        "currency": .string((change.order.currency ?? .usd).text),
                        "event_id": .string(change.record.eventID ?? ""),
                        "correlation_id": .correlationID(change.order.routing.correlationID),
                    ]
                )
            }
            return errors
        }
        let processed = outcomes.compactMap { outcome in
            if case .processed(let id) = outcome { id.text } else { nil }
        }
        context.logger.emit([Metric("PremiumNotifications", .count, .integer(processed.count))])
        return try outcomes.batchResponse().processorJSON(premiumOrdersProcessed: processed)
    }
}

extension PremiumOrdersProcessor {
    /// Configured by `PREMIUM_TOPIC_ARN`, the two minimum amounts, `TEST_EMAIL_DOMAINS`, `ORDER_LOG`,
    /// `DEAD_LETTER_QUEUE_URL` and `ARCHIVE_BUCKET`.
    package init(environment: Environment, services: AWSServices) throws {
        self.init(
            rules: try environment.orderRules(),
            orderLog: try environment.orderLog(),
            topicARN: try environment.require("PREMIUM_TOPIC_ARN"),
            deadLetters: try services.deadLetterQueue(of: Self.name, environment),
            services: services
        )
    }
}
