internal import AWSClient
internal import SimulatedAWS

extension ServiceCall {
    /// The answer of a service that has not carried out the request, in its own spelling.
    func refusal(_ fault: RequestFault, _ generator: inout Generator) -> HTTPResponse {
        switch fault {
        case .throttled: self.throttled(&generator)
        case .conflict: self.conflict(&generator)
        default: self.form.answer(ServiceError(self.service == .s3 ? 500 : 500, self.internalError, "We failed."))
        }
    }

    private var internalError: String {
        switch self.service {
        case .dynamoDB: "InternalServerError"
        case .sqs: "InternalFailure"
        case .sns, .s3: "InternalError"
        }
    }

    private func throttled(_ generator: inout Generator) -> HTTPResponse {
        switch self.service {
        case .s3: return self.form.answer(ServiceError(503, "SlowDown", "Please reduce your request rate."))
        case .sns: return self.form.answer(ServiceError(400, "Throttling", "Rate exceeded"))
        case .sqs: return self.form.answer(ServiceError(400, "RequestThrottled", "Rate exceeded"))
        case .dynamoDB:
            if self.operation == "TransactWriteItems", generator.chance(0.5) {
                return self.cancelled(
                    generator.choice(["ThrottlingError", "ProvisionedThroughputExceeded"]),
                    &generator
                )
            }
            let code = generator.choice([
                "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
            ])
            return self.form.answer(ServiceError(400, code, "Slow down."))
        }
    }

    private func conflict(_ generator: inout Generator) -> HTTPResponse {
        if self.service == .s3 {
            return self.form.answer(ServiceError(409, "ConditionalRequestConflict", "Another write was first."))
        }
        if self.operation == "TransactWriteItems" { return self.cancelled("TransactionConflict", &generator) }
        return self.form.answer(
            ServiceError(400, "TransactionConflictException", "Transaction is ongoing for the item")
        )
    }

    private func cancelled(_ code: String, _ generator: inout Generator) -> HTTPResponse {
        let actions = self.actionCount
        let hit = generator.number(0...max(0, actions - 1))
        let reasons = (0..<actions).map { place in
            place == hit || generator.chance(0.2)
                ? SimulatedDynamoDB.Reason(code, "Another one is at it.") : SimulatedDynamoDB.Reason("None")
        }
        return self.form.answer(SimulatedDynamoDB.cancelled(reasons))
    }
}
