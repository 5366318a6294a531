import Testing

@testable import Simulation

@Suite struct OracleTests {
    @Test func `a change is told of as often as it is delivered, unless something happened to a delivery`() {
        var deliveries = ChangeDeliveries()
        let event = Array(#"[{"eventID":"change-1","dynamodb":{}},{"eventID":"change-2","dynamodb":{}}]"#.utf8)
        deliveries.add(.premium, event, failures: [])
        deliveries.add(.premium, event, failures: ["change-2"])
        deliveries.add(.aggregator, event, failures: [])
        func differences(_ told: [String]) -> [String] {
            deliveries.differences(.premium, "processed", told, wanted: ["change-1", "change-2"])
        }
        #expect(differences(["change-1", "change-1", "change-2"]) == [])
        #expect(
            differences(["change-1", "change-2", "change-2"]) == [
                "PremiumOrdersProcessor: change-1 was processed 1 times, by 2 deliveries that were done",
                "PremiumOrdersProcessor: change-2 was processed 2 times, by 1 deliveries that were done",
            ]
        )
        #expect(deliveries.differences(.premium, "processed", [], wanted: []) == [])
        deliveries.add(.premium, event, failures: nil)
        #expect(differences([]) == [])
    }

    @Test func `a record has one dead letter, unless something happened to a delivery of it`() throws {
        let draws = Draws(seed: 1)
        let workload = Workload(draws, Configuration(draws), kept: nil)
        let record = try #require(workload.records.first { $0.part == nil })
        func delivery(isUndisturbed: Bool) -> KinesisMapping.Delivery {
            var outcome = Outcome(requestID: "a delivery", ending: .answered([]), log: [])
            outcome.isUndisturbed = isUndisturbed
            return KinesisMapping.Delivery(outcome: outcome, records: [record], isFirst: true)
        }
        func letter(_ start: String = "") -> String {
            #"{"shardId":"\#(start)\#(record.shardID)","sequenceNumber":"\#(record.sequenceNumber)"}"#
        }
        func differences(_ deliveries: [KinesisMapping.Delivery], _ letters: [String]) -> [String] {
            RepeatedLettersCheck.differences(deliveries, sent: letters)
        }
        let (calm, disturbed) = (delivery(isUndisturbed: true), delivery(isUndisturbed: false))
        let problem = "\(record.eventID) has 2 dead letters, and nothing happened to its deliveries"
        #expect(differences([calm, calm], [letter()]) == [])
        #expect(differences([calm, calm], [letter(), letter()]) == [problem])
        #expect(differences([calm, disturbed], [letter(), letter()]) == [])
        #expect(differences([calm, calm], [letter("redrive-1-"), letter("redrive-1-")]) == [])
    }
}
