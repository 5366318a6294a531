internal import AWSClient
internal import SimulatedAWS

extension StatementRefusal {
    private static let codes = [
        "ThrottlingError", "ProvisionedThroughputExceeded", "TransactionConflict", "InternalServerError",
    ]

    /// What the statements of a batch are refused with one by one, at least one of the first `count`; the others happen.
    static func batch(of count: Int, _ generator: inout Generator) -> [StatementRefusal?] {
        var refusals: [StatementRefusal?] = (0..<25).map { _ in
            guard generator.chance(0.5) else { return nil }
            return Self.drawn(&generator)
        }
        if count > 0, refusals.prefix(count).allSatisfy({ $0 == nil }) {
            let place = generator.number(0...min(count, refusals.count) - 1)
            refusals[place] = Self.drawn(&generator)
        }
        return refusals
    }

    private static func drawn(_ generator: inout Generator) -> StatementRefusal {
        let code = generator.choice(Self.codes)
        return StatementRefusal(code, isApplied: code == "InternalServerError" && generator.chance(0.5))
    }
}

extension ServiceCall {
    /// The answer of a service that has not carried out the request, in its own spelling.
    func refusal(_ fault: RequestFault, _ generator: inout Generator) -> HTTPResponse {
        switch fault {
        case .throttled: self.throttled(&generator)
        case .conflict: self.conflict()
        default: self.form.answer(ServiceError(500, self.internalError, "We failed."))
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
