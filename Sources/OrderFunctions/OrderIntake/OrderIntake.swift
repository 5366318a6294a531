internal import AWSClient
internal import LambdaEvents
package import LambdaRuntime
internal import Orders
package import Platform

/// Takes orders by HTTP: checks them by the rules of the functions behind the stream, and puts an `OrderCreatedV1` event
/// for each into it.
///
/// Nothing is kept here. What makes a repeated request count once is that it makes the same ids.
package struct OrderIntake: OrderFunction {
    /// As its folders, resource and product have it.
    package static let name = "OrderIntake"

    private let stream: EventStream
    private let rules: InputRules
    private let orderLog: OrderLog
    private let services: AWSServices

    private init(stream: EventStream, rules: InputRules, orderLog: OrderLog, services: AWSServices) {
        self.stream = stream
        self.rules = rules
        self.orderLog = orderLog
        self.services = services
    }

    /// Answers a request of the HTTP API.
    package func handle(_ event: [UInt8], context: InvocationContext) async throws -> [UInt8] {
        let request = try HTTPAPIEvent.read(event)
        guard let parent = request.headers["traceparent"], TraceContext.traceID(ofTraceParent: parent) != nil else {
            return await self.answer(to: request, context)
        }
        return await TraceContext.$current.withValue(.continuing(parent)) {
            await self.answer(to: request, context)
        }
    }

    private func answer(to request: HTTPAPIEvent, _ context: InvocationContext) async -> [UInt8] {
        do throws(Problem) {
            guard request.method != "OPTIONS" else { return OrderRequest.options.json }
            let head = try OrderRequest.head(of: request)
            return try await self.take(request, head, context).json
        } catch {
            let correlationID = OrderRequest.givenCorrelationID(request)
            error.log(to: context.logger, correlationID: correlationID)
            return error.naming(correlationID: correlationID).response(requestID: context.requestID).json
        }
    }

    private func take(
        _ request: HTTPAPIEvent,
        _ head: OrderRequest.Head,
        _ context: InvocationContext
    ) async throws(Problem) -> HTTPAPIResponse {
        let now = self.services.time.now
        let posted = PostedOrders(rules: self.rules, now: now)
        let orders: [Result<NewOrder, PostedOrders.Fault>]
        do throws(PostedOrders.Fault) {
            switch head.route {
            case .order: orders = [.success(try posted.one(request.body))]
            case .orders(let form): orders = try posted.several(request.body, form: form)
            }
        } catch {
            throw Problem(error)
        }
        let ids = IntakeIDs(key: head.key, caller: request.caller.identity, random: self.services.random) {
            Digest.sha1($0)
        }
        let occurred = ids.occurred(self.rules, now: now)
        let batch = IntakeBatch(orders, ids: ids, correlationID: head.correlationID, occurred: occurred)
        let deadline = self.services.workDeadline(of: context)
        let outcomes = await self.stream.put(batch.records, until: deadline, logger: context.logger)
        let answer = IntakeAnswer(batch, outcomes, hasKey: head.key != nil)
        answer.log(to: context.logger, self.orderLog)
        switch head.route {
        case .order: return answer.single(requestID: context.requestID)
        case .orders: return answer.several(requestID: context.requestID)
        }
    }
}

extension OrderIntake {
    /// Configured by `ORDER_STREAM`, `ORDER_LOG` and what `Environment.inputRules()` names.
    package init(environment: Environment, services: AWSServices) throws {
        self.init(
            stream: EventStream(name: try environment.require("ORDER_STREAM"), client: services.kinesis),
            rules: try environment.inputRules(),
            orderLog: try environment.orderLog(),
            services: services
        )
    }
}
