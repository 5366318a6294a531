package import AWSClient
internal import JSONText
package import Platform

extension AWSService {
    /// EventBridge Pipes.
    package static let pipes = AWSService(
        name: "Pipes",
        environmentName: "PIPES",
        hostPrefix: "pipes",
        wireProtocol: .restJSON,
        govCloudFIPS: .none
    )
}

/// EventBridge Pipes over the network, as far as the tool looks at the stack's.
package struct PipesClient: Sendable {
    private let session: AWSSession

    /// A client that calls by `session`.
    package init(session: AWSSession) {
        self.session = session
    }

    /// What the Pipe is to do and does.
    package func describePipe(name: String, deadline: UTCInstant?) async throws(AWSError) -> PipeDescription {
        var request = AWSRequest(service: .pipes, operation: "DescribePipe", method: .get)
        request.path = "/v1/pipes/\(PercentEncoding.encode(name))"
        return try await self.session.send(request, deadline: deadline) { response in
            try JSONReader.read(response.body) { reader in
                var pipe = PipeDescription()
                try reader.readObject { key, reader in
                    switch key {
                    case "CurrentState": pipe.currentState = try reader.readString()
                    case "StateReason": pipe.stateReason = try reader.readReason()
                    default: try reader.readSettings(at: key.string, into: &pipe.settings)
                    }
                }
                guard !pipe.currentState.isEmpty else { throw UnexpectedAnswer.without("CurrentState") }
                return pipe
            }
        }
    }
}

/// A Pipe as `describePipe` shows it.
package struct PipeDescription: Sendable, Equatable {
    /// `RUNNING`, `STOPPED`, `START_FAILED` and so on.
    package var currentState = ""
    /// Why it is in that state.
    package var stateReason: String?
    /// What it is set to, by the paths of `JSONReader.readSettings`.
    package var settings: [String: String] = [:]

    /// A Pipe of which nothing is known.
    package init() {}
}
