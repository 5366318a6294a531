internal import AWSClient
internal import AWSOperations
internal import JSONText
internal import LambdaEvents
internal import OrderFunctions
internal import Platform

extension AWSService {
    /// The stack's HTTP API, whose endpoint is the stack's output: the service has no host that is the same for all.
    static let orderAPI = AWSService(
        name: "OrderApi",
        environmentName: "EXECUTE_API",
        hostPrefix: "execute-api",
        wireProtocol: .restJSON,
        govCloudFIPS: .none
    )
}

/// Where an order stands in the order stream.
struct StreamPlace: Sendable {
    let shardID: String
    let sequenceNumber: SequenceNumber
}

/// Hands a probe's orders in.
struct ProbeEntrances: Sendable {
    let access: AWSAccess
    let stack: DeployedStack
    let resources: StackResources
    /// The session whose endpoint is the API; nil where it takes nothing but an issuer's tokens, or where
    /// `AWS_USE_FIPS_ENDPOINT` and its like allow no endpoint of one's own.
    let api: AWSSession?

    /// - Parameter environment: that of the tool's other calls.
    init(access: AWSAccess, stack: DeployedStack, resources: StackResources, environment: Environment) {
        self.access = access
        self.stack = stack
        self.resources = resources
        var variables: [String: String] = [:]
        for name in environment.names(withPrefix: "") { variables[name] = environment[name] }
        var endpoint = stack.outputs["ApiEndpoint"]
        if access.isOnLoopback, let local = variables["AWS_ENDPOINT_URL"], let api = stack.resources["OrderApi"] {
            // The local AWS has its APIs below the endpoint of all services, since their own hosts have no address.
            endpoint = "\(local)/_aws/execute-api/\(api.physicalID)"
        }
        variables["AWS_ENDPOINT_URL_\(AWSService.orderAPI.environmentName)"] = endpoint
        let takesTokens = stack.parameters["ApiJwtIssuer"].map { !$0.isEmpty } ?? false
        let configuration = try? AWSConfiguration(environment: Environment(variables))
        if let configuration, !takesTokens, endpoint != nil {
            self.api = access.session.reconfigured(configuration)
        } else {
            self.api = nil
        }
    }

    /// Hands the order in; gives its place in the stream where it goes there.
    func send(_ order: ProbeOrder) async throws(AWSError) -> StreamPlace? {
        switch order.entrance {
        case .topic:
            try await SNSClient(session: self.access.session).publish(
                PublishInput(
                    topicARN: self.stack.resources["OrderTopic"]?.physicalID ?? "",
                    message: String(decoding: order.bytes, as: UTF8.self)
                ),
                deadline: self.access.deadline
            )
            return nil
        case .stream:
            let results = try await KinesisClient(session: self.access.session).putRecords(
                streamName: self.resources.orderStream,
                records: [KinesisPutRecord(data: order.bytes, partitionKey: order.id)],
                deadline: self.access.deadline
            )
            switch results.first {
            case .stored(let shardID, let number)?: return try Self.place(shardID, number)
            case .failed(let code, let message, let mayBeStored)?:
                throw AWSError(
                    code: .init(rawValue: code),
                    message: message,
                    operation: "Kinesis.PutRecords",
                    mayHaveBeenApplied: mayBeStored
                )
            case nil: return nil
            }
        case .api:
            guard let api = self.api else { return nil }
            var request = AWSRequest(service: .orderAPI, operation: "PostOrder")
            request.path = "/orders"
            request.headers["Content-Type"] = "application/json"
            request.headers["X-Correlation-Id"] = order.id
            request.headers["Idempotency-Key"] = order.id
            request.body = order.bytes
            let limit = CallLimit.attempts(before: self.access.deadline)
            let answer = try await api.send(request, until: limit) { response -> (shardID: String?, number: String?) in
                var place: (shardID: String?, number: String?) = (nil, nil)
                try JSONReader.read(response.body) { reader in
                    try reader.readObject { key, reader in
                        switch key {
                        case "ShardId": place.shardID = try reader.readOptionalString()
                        case "SequenceNumber": place.number = try reader.readOptionalString()
                        default: try reader.skip()
                        }
                    }
                }
                return place
            }
            return try Self.place(answer.shardID ?? "", answer.number ?? "")
        }
    }

    private static func place(_ shardID: String, _ number: String) throws(AWSError) -> StreamPlace {
        guard let number = SequenceNumber(number), !shardID.isEmpty else {
            throw AWSError(
                code: .malformedResponse,
                message: "the answer has no place in the stream",
                operation: "OrderApi.PostOrder",
                mayHaveBeenApplied: true
            )
        }
        return StreamPlace(shardID: shardID, sequenceNumber: number)
    }
}
