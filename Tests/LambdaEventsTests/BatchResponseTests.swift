import JSONText
import LambdaEvents
import Testing

@Suite struct BatchResponseTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func answersCompleteSuccessWithAnEmptyList() {
        let response = BatchResponse()
        #expect(response.isEmpty)
        #expect(self.text(response.json()) == #"{"batchItemFailures":[]}"#)
    }

    @Test func namesEachFailureOnceInTheOrderOfReports() throws {
        var response = BatchResponse()
        for identifier in ["b", "a\"", "b"] { try response.fail(identifier) }
        #expect(response.itemIdentifiers == ["b", "a\""])
        #expect(
            self.text(response.json())
                == #"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a\""}]}"#
        )
    }

    @Test(arguments: [nil, ""] as [String?])
    func refusesAFailureThatCannotBeNamed(identifier: String?) {
        var response = BatchResponse()
        let error = #expect(throws: EventError.self) { try response.fail(identifier) }
        #expect(error?.code == .unreportable)
        #expect(response.isEmpty)
    }

    @Test func carriesWhatAFunctionAnswersBesides() {
        let json = BatchResponse().json { writer in
            writer.key("statusCode")
            writer.integer(200)
            writer.key("premiumOrdersProcessed")
            writer.array { $0.string("ORD-1001") }
        }
        #expect(self.text(json) == #"{"batchItemFailures":[],"statusCode":200,"premiumOrdersProcessed":["ORD-1001"]}"#)
    }
}
