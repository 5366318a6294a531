internal import JSONText
internal import LambdaEvents

extension BatchResponse {
    /// A processor's answer: the failures, `"statusCode":200` and, from the premium one, the ids of the orders that
    /// were notified of.
    func processorJSON(premiumOrdersProcessed ids: [String]? = nil) -> [UInt8] {
        self.json { writer in
            writer.key("statusCode")
            writer.integer(200)
            guard let ids else { return }
            writer.key("premiumOrdersProcessed")
            writer.array { writer in ids.forEach { writer.string($0) } }
        }
    }
}
