import JSONText
import LambdaEvents
import Testing

@Suite struct BatchResponseTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test func `answers complete success with an empty list`() {
        let response = BatchResponse()
        #expect(response.isEmpty)
        #expect(self.text(response.json()) == #"{"batchItemFailures":[]}"#)
    }

    @Test func `names each failure once in the order of reports`() throws {
        var response = BatchResponse()
        for identifier in ["b", "a\"", "b"] { try response.fail(identifier) }
        #expect(response.itemIdentifiers == ["b", "a\""])
        #expect(
            self.text(response.json())
                == #"{"batchItemFailures":[{"itemIdentifier":"b"},{"itemIdentifier":"a\""}]}"#
        )
    }

    @Test(arguments: [nil, ""] as [String?])
    func `refuses a failure that cannot be named`(identifier: String?) {
        var response = BatchResponse()
        let error = #expect(throws: EventError.self) { try response.fail(identifier) }
        #expect(error?.code == .unreportable)
        #expect(response.isEmpty)
    }

    @Test func `carries what a function answers besides`() {
        let json = BatchResponse().json { writer in
            writer.key("statusCode")
            writer.integer(200)
            writer.key("premiumOrdersProcessed")
            writer.array { $0.string("ORD-1001") }
        }
        #expect(self.text(json) == #"{"batchItemFailures":[],"statusCode":200,"premiumOrdersProcessed":["ORD-1001"]}"#)
    }
}
