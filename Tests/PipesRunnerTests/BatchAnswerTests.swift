import PipesRunner
import Testing

@Suite struct BatchAnswerTests {
    @Test(arguments: [
        "", "null", #""""#, "{}", "[]", #""OK""#, "5", "true", #"{"statusCode":200}"#, #"{"batchItemFailures":[]}"#,
        #"{"batchItemFailures":null}"#, #" {"batchItemFailures" : [ ] } "#,
    ])
    func `is a complete success`(answer: String) {
        #expect(BatchAnswer(payload: Array(answer.utf8), identifiers: ["a", "b"]) == .success)
    }

    @Test(arguments: [
        (#"{"batchItemFailures":[{"itemIdentifier":"a"}]}"#, ["a"]),
        (#"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a"}]}"#, ["a", "b"]),
        (#"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"a"}]}"#, ["a"]),
        (#"{"statusCode":200,"batchItemFailures":[{"itemIdentifier":"b","x":1}]}"#, ["b"]),
    ])
    func `is a partial failure`(answer: String, failed: [String]) {
        #expect(BatchAnswer(payload: Array(answer.utf8), identifiers: ["a", "b"]) == .partialFailure(Set(failed)))
    }

    @Test(arguments: [
        #"{"batchItemFailures":[{"itemIdentifier":""}]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":null}]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":5}]}"#,
        #"{"batchItemFailures":[{"ItemIdentifier":"a"}]}"#,
        #"{"batchItemFailures":[{}]}"#,
        #"{"batchItemFailures":["a"]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":"c"}]}"#,
        #"{"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"c"}]}"#,
        #"{"batchItemFailures":"a"}"#,
        #"{"batchItemFailures":{"itemIdentifier":"a"}}"#,
        "{",
        "not JSON",
    ])
    func `is a complete failure`(answer: String) {
        guard case .failure = BatchAnswer(payload: Array(answer.utf8), identifiers: ["a", "b"]) else {
            Issue.record("\(answer) should fail the whole batch")
            return
        }
    }
}
