internal import LambdaEvents
package import LambdaRuntime
package import Orders
package import Platform

/// Processes pending and shipped orders above the normal threshold, as their changes come through the Pipe.
///
/// The Pipe has filtered the changes; everything is checked again, exactly, since a Pipe cannot compare amounts.
package struct NormalOrdersProcessor: OrderFunction {
    /// What dead letters call this function.
    package static let name = "NormalOrdersProcessor"

    private let rules: OrderRules
    private let orderLog: OrderLog
    private let batches: OrderChangeProcessor

    /// A handler that chooses orders by `rules`.
    package init(
        rules: OrderRules,
        orderLog: OrderLog = .all,
        deadLetters: DeadLetterQueue,
        services: AWSServices
    ) {
        self.rules = rules
        self.orderLog = orderLog
        self.batches = OrderChangeProcessor(deadLetters: deadLetters, services: services)
    }

    /// Processes the changes that a Pipe delivers.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let batch = try OrderChangeBatch(event, image: RoutingAttributes.read(image:))
        let outcomes = await self.batches.run(batch, context: context) { record, order in
            switch try self.rules.normalDecision(change: ChangeKind(record.eventName), order: order) {
            case .skip(let reason):
                return .done(.skipped(reason))
            case .process(let order):
                self.orderLog.info(
                    context.logger,
                    "normal order processed",
                    [
                        "order_id": .string(order.id.text), "status": .string(order.status?.text ?? ""),
                        "amount": .string(order.amount?.text ?? ""), "event_id": .string(record.eventID ?? ""),
                        "correlation_id": .correlationID(order.correlationID),
                    ]
                )
                return .done(.processed(order.id))
            }
        }
        return try outcomes.batchResponse().processorJSON()
    }
}

extension NormalOrdersProcessor {
    /// Configured by the two minimum amounts, `TEST_EMAIL_DOMAINS`, `ORDER_LOG`, `DEAD_LETTER_QUEUE_URL` and
    /// `ARCHIVE_BUCKET`.
    package init(environment: Environment, services: AWSServices) throws {
        self.init(
            rules: try environment.orderRules(),
            orderLog: try environment.orderLog(),
            deadLetters: try services.deadLetterQueue(of: Self.name, environment),
            services: services
        )
    }
}
