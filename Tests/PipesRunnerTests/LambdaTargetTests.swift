import AWSClient
import AWSOperations
import PipesRunner
import Platform
import TestSupport
import Testing

@Suite struct LambdaTargetTests {
    private struct Lambda: LambdaOperations {
        var output: InvokeOutput?
        var failure: AWSError.Code = .connectionFailed

        func invoke(_ input: InvokeInput, deadline: UTCInstant?) async throws(AWSError) -> InvokeOutput {
            guard let output else { throw AWSError(code: self.failure, message: "m", operation: "Lambda.Invoke") }
            return output
        }
    }

    private static func outcome(_ lambda: Lambda) async -> TargetOutcome {
        await LambdaTarget(
            client: lambda,
            functionName: "f",
            timeout: .seconds(300),
            time: ManualTime()
        ).invoke(payload: [])
    }

    @Test func `an answer is an answer`() async {
        let output = InvokeOutput(payload: [1, 2])
        #expect(await Self.outcome(Lambda(output: output)) == .answered([1, 2]))
    }

    @Test func `a function error counts, and its message stays out of the log`() async {
        let payload = Array(#"{"errorType":"Function.Boom","errorMessage":"bob@example.com"}"#.utf8)
        let output = InvokeOutput(functionError: "Unhandled", payload: payload)
        #expect(await Self.outcome(Lambda(output: output)) == .failed("the function failed: Function.Boom"))
    }

    @Test func `a function error makes up no line of the log`() async {
        let payload = Array(#"{"errorType":"Function.Boom\nP: delivered"}"#.utf8)
        let output = InvokeOutput(functionError: "Unhandled", payload: payload)
        #expect(await Self.outcome(Lambda(output: output)) == .failed("the function failed: Function.Boom"))
    }

    @Test(arguments: ["TooManyRequestsException", "ConnectionFailed", "RequestTimedOut", "ServiceUnavailable"])
    func `throttling and outages cost no attempt`(code: String) async {
        guard case .refused = await Self.outcome(Lambda(failure: AWSError.Code(rawValue: code))) else {
            Issue.record("\(code) should cost no attempt")
            return
        }
    }

    @Test(arguments: ["ResourceNotFoundException", "AccessDeniedException", "DeadlineExceeded"])
    func `a wrong call and a function that takes too long count`(code: String) async {
        guard case .failed = await Self.outcome(Lambda(failure: AWSError.Code(rawValue: code))) else {
            Issue.record("\(code) should count")
            return
        }
    }

    @Test(arguments: ["ExpiredTokenException", "UnrecognizedClientException", "InvalidSignatureException"])
    func `credentials that have ended or are wrong say nothing of the batch`(code: String) async {
        guard case .unusable(let reason) = await Self.outcome(Lambda(failure: AWSError.Code(rawValue: code))) else {
            Issue.record("\(code) should be no outcome of the batch")
            return
        }
        #expect(reason.hasPrefix("Lambda.Invoke failed: \(code): m; the credentials have ended"))
    }

    @Test func `without ReportBatchItemFailures any answer is success`() async {
        struct Fixed: PipeTarget {
            let outcome: TargetOutcome
            func invoke(payload: [UInt8]) async -> TargetOutcome { self.outcome }
        }
        let answer = Array(#"{"batchItemFailures":[{"itemIdentifier":"1"}]}"#.utf8)
        #expect(await AnswerIgnoringTarget(Fixed(outcome: .answered(answer))).invoke(payload: []) == .answered([]))
        for outcome in [TargetOutcome.failed("x"), .refused("x"), .unusable("x")] {
            #expect(await AnswerIgnoringTarget(Fixed(outcome: outcome)).invoke(payload: []) == outcome)
        }
    }
}
