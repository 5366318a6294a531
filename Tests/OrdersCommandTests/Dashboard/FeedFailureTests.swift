internal import AWSClient
internal import OrdersCommand
internal import Testing

/// What a page says of a source that cannot be read.
@Suite struct FeedFailureTests {
    private func text(_ code: String, requestID: String = "R-1", isLocal: Bool = false) -> String {
        let error = AWSError(
            code: AWSError.Code(rawValue: code),
            message: "said",
            operation: "SQS.GetQueueAttributes",
            statusCode: 400,
            requestID: requestID
        )
        return FeedFailure(isLocal: isLocal).text(error)
    }

    @Test(arguments: ["ExpiredToken", "ExpiredTokenException", "UnrecognizedClientException", "InvalidClientTokenId"])
    func `credentials that have ended are told with what to do, whatever the service calls it`(code: String) {
        #expect(self.text(code) == "the credentials have ended: start scripts/orders dashboard again")
    }

    @Test(arguments: ["ResourceNotFoundException", "QueueDoesNotExist"])
    func `what is gone asks for a new start`(code: String) {
        #expect(
            self.text(code) == "it does not exist any more: was the stack deployed again? Start the dashboard anew"
        )
    }

    @Test func `where nothing answers, the advice is for that place`() {
        #expect(self.text("ConnectionFailed", isLocal: true).hasSuffix("scripts/local status tells"))
        #expect(self.text("ConnectionFailed").hasSuffix("is there a network?"))
    }

    @Test(arguments: ["AccessDeniedException", "AccessDenied"])
    func `a missing permission is told with the service's words`(code: String) {
        #expect(self.text(code) == "these credentials may not read it (SQS.GetQueueAttributes: said)")
    }

    @Test(arguments: ["AccessDeniedException", "ExpiredToken", "ThrottlingException", "InternalFailure"])
    func `two requests that fail alike give one text`(code: String) {
        #expect(self.text(code, requestID: "R-1") == self.text(code, requestID: "R-2"))
    }

    @Test func `any other failure is told by its operation, code and message`() {
        #expect(self.text("InternalFailure") == "SQS.GetQueueAttributes failed: InternalFailure: said")
    }
}
