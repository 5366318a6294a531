internal import AWSClient
internal import AWSOperations
internal import OrdersCommand
internal import Testing

/// What a command says of a call that failed.
@Suite struct AWSErrorAdviceTests {
    private func error(_ code: String) -> AWSError {
        AWSError(code: AWSError.Code(rawValue: code), message: "said", operation: "DynamoDB.Query", statusCode: 400)
    }

    @Test(
        arguments: [
            "ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId",
            "InvalidAccessKeyId", "InvalidToken", "InvalidSignatureException", "SignatureDoesNotMatch",
            "IncompleteSignature", "IncompleteSignatureException",
        ]
    )
    func `credentials that have ended are told with what to do, whatever the service calls it`(code: String) {
        let text = self.error(code).advisedDescription
        #expect(text.hasPrefix("DynamoDB.Query failed: \(code): said (HTTP 400); the credentials have ended"))
        #expect(text.contains("run the command again"))
    }

    @Test func `any other failure is told as it is`() {
        let error = self.error("AccessDeniedException")
        #expect(error.advisedDescription == error.description)
    }
}
