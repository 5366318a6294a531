package import Platform

/// Lambda as the Pipes runner sees it.
///
/// `LambdaClient` is the real one.
package protocol LambdaOperations: Sendable {
    /// Runs the function.
    ///
    /// A function that fails is an answer with a `functionError`, not an error thrown.
    func invoke(_ input: InvokeInput, deadline: UTCInstant?) async throws(AWSError) -> InvokeOutput
}

/// One invocation.
package struct InvokeInput: Sendable, Equatable {
    /// Whether the caller waits for the function.
    package enum InvocationType: String, Sendable {
        case requestResponse = "RequestResponse"
        case event = "Event"
    }

    /// Name, `name:alias` or ARN.
    package var functionName: String
    package var payload: [UInt8]
    package var invocationType: InvocationType

    package init(functionName: String, payload: [UInt8], invocationType: InvocationType = .requestResponse) {
        self.functionName = functionName
        self.payload = payload
        self.invocationType = invocationType
    }
}

/// What the function gave.
package struct InvokeOutput: Sendable, Equatable {
    /// 200, or 202 for `.event`.
    package var statusCode: Int
    /// `Unhandled` or `Handled` if the function failed; the payload then holds `errorMessage` and `errorType`.
    package var functionError: String?
    package var payload: [UInt8]
    package var executedVersion: String?

    package init(
        statusCode: Int,
        functionError: String? = nil,
        payload: [UInt8],
        executedVersion: String? = nil
    ) {
        self.statusCode = statusCode
        self.functionError = functionError
        self.payload = payload
        self.executedVersion = executedVersion
    }
}
