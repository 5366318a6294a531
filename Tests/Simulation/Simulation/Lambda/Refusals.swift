internal import AWSClient
internal import SimulatedAWS

extension ServiceCall {
    /// The answer of a service that has not carried out the request, in its own spelling.
    func refusal(_ fault: RequestFault, _ generator: inout Generator) -> HTTPResponse {
        switch fault {
        case .throttled: self.throttled(&generator)
        case .conflict: self.conflict()
        default: self.form.answer(ServiceError(self.service == .s3 ? 500 : 500, self.internalError, "We failed."))
        }
    }

    private var internalError: String {
        switch self.service {
        case .dynamoDB: "InternalServerError"
        case .sqs, .kinesis: "InternalFailure"
        case .sns, .s3: "InternalError"
        }
    }

    private func throttled(_ generator: inout Generator) -> HTTPResponse {
        switch self.service {
        case .s3: return self.form.answer(ServiceError(503, "SlowDown", "Please reduce your request rate."))
        case .sns: return self.form.answer(ServiceError(400, "Throttling", "Rate exceeded"))
        case .sqs: return self.form.answer(ServiceError(400, "RequestThrottled", "Rate exceeded"))
        case .kinesis:
            let code = generator.choice([
                "ProvisionedThroughputExceededException", "KMSThrottlingException", "ThrottlingException",
            ])
            return self.form.answer(ServiceError(400, code, "Slow down."))
        case .dynamoDB:
            let code = generator.choice([
                "ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded",
            ])
            return self.form.answer(ServiceError(400, code, "Slow down."))
        }
    }

    private func conflict() -> HTTPResponse {
        if self.service == .s3 {
            return self.form.answer(ServiceError(409, "ConditionalRequestConflict", "Another write was first."))
        }
        return self.form.answer(
            ServiceError(400, "TransactionConflictException", "Transaction is ongoing for the item")
        )
    }
}
