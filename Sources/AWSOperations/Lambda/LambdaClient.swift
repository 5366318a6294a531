package import AWSClient
package import Platform

extension AWSService {
    /// Lambda.
    package static let lambda = AWSService(
        name: "Lambda",
        environmentName: "LAMBDA",
        hostPrefix: "lambda",
        wireProtocol: .restJSON,
        govCloudFIPS: .none
    )
}

/// Lambda over the network.
package struct LambdaClient: LambdaOperations {
    let session: AWSSession

    /// Lambda by the session's endpoint and credentials.
    package init(session: AWSSession) {
        self.session = session
    }

    /// Invokes the function, and waits for its answer.
    package func invoke(_ input: InvokeInput, deadline: UTCInstant?) async throws(AWSError) -> InvokeOutput {
        var request = AWSRequest(service: .lambda, operation: "Invoke")
        request.path = "/2015-03-31/functions/\(PercentEncoding.encode(input.functionName))/invocations"
        request.headers = [
            "Content-Type": "application/json",
            "X-Amz-Invocation-Type": "RequestResponse",
        ]
        request.body = input.payload
        request.isAnsweredByContent = true
        // A function may take 15 minutes, and its answer some time more.
        request.answerDelay = .seconds(15 * 60)
        request.attemptTimeout = request.answerDelay + .seconds(30)
        return try await self.session.send(request, deadline: deadline) { response in
            InvokeOutput(functionError: response.headers["X-Amz-Function-Error"], payload: response.body)
        }
    }
}

/// Lambda as the Pipes runner sees it.
///
/// `LambdaClient` is the real one.
package protocol LambdaOperations: Sendable {
    /// Runs the function.
    ///
    /// A function that fails is an answer with a `functionError`, not an error thrown.
    func invoke(_ input: InvokeInput, deadline: UTCInstant?) async throws(AWSError) -> InvokeOutput
}

/// One invocation that is waited for.
package struct InvokeInput: Sendable, Equatable {
    /// Name, `name:alias` or ARN.
    package var functionName: String
    /// The event.
    package var payload: [UInt8]

    /// An invocation of the function with the event.
    package init(functionName: String, payload: [UInt8]) {
        self.functionName = functionName
        self.payload = payload
    }
}

/// What the function gave.
package struct InvokeOutput: Sendable, Equatable {
    /// `Unhandled` or `Handled` if the function failed; the payload then holds `errorMessage` and `errorType`.
    package var functionError: String?
    /// The function's answer, or the error that it reported.
    package var payload: [UInt8]

    /// An answer, by default of a function that succeeded.
    package init(functionError: String? = nil, payload: [UInt8]) {
        self.functionError = functionError
        self.payload = payload
    }
}
