package import Platform

/// Lambda over the network.
package struct LambdaClient: LambdaOperations {
    private let session: AWSSession

    package init(session: AWSSession) {
        self.session = session
    }

    package func invoke(_ input: InvokeInput, deadline: UTCInstant?) async throws(AWSError) -> InvokeOutput {
        var request = AWSRequest(service: .lambda, operation: "Invoke")
        request.path = "/2015-03-31/functions/\(PercentEncoding.encode(input.functionName))/invocations"
        request.headers = [
            "Content-Type": "application/json",
            "X-Amz-Invocation-Type": input.invocationType.rawValue,
        ]
        request.body = input.payload
        request.isAnsweredByContent = true
        // A function may take 15 minutes, and its answer some time more.
        request.answerDelay = .seconds(15 * 60)
        request.attemptTimeout = request.answerDelay + .seconds(30)
        return try await self.session.send(request, deadline: deadline) { response in
            InvokeOutput(
                statusCode: response.statusCode,
                functionError: response.headers["X-Amz-Function-Error"],
                payload: response.body,
                executedVersion: response.headers["X-Amz-Executed-Version"]
            )
        }
    }
}
