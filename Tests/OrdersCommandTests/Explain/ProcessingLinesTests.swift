import AWSOperations
import LambdaRuntime
import OrdersCommand
import Testing

@Suite struct ProcessingLinesTests {
    /// Two ids of which a log shows the same.
    private static let masked = "450789469000000001"
    private static let twin = "450789469000180001"

    /// The lines of orders with an event each, as a processor's log shows them.
    private static func lines(_ orders: [(String, String)]) -> [FunctionLogLine] {
        orders.enumerated().map { index, order in
            let (id, eventID) = order
            let shown = PersonalData.masked(id)
            let text = #"{"message":"normal order processed","order_id":"\#(shown)","event_id":"\#(eventID)"}"#
            return FunctionLogLine(
                function: "F",
                event: LogEvent(eventID: "\(index)", timestamp: Int64(index), message: text)
            )
        }
    }

    /// The events of each order that were found.
    private static func found(_ orders: [(String, String)], by search: ProcessingLines) -> [String: [String?]] {
        search.processings(in: self.lines(orders)).mapValues { $0.map(\.eventID) }
    }

    @Test func `lines are found by the order's id, each change once`() {
        let search = ProcessingLines(of: ["O-1", "O-2"])
        let orders = [("O-1", "e-1"), ("O-3", "e-3"), ("O-1", "e-1"), ("O-2", "e-2"), ("O-1", "e-4")]
        #expect(Self.found(orders, by: search) == ["O-1": ["e-1", "e-4"], "O-2": ["e-2"]])
        #expect(search.search(for: "O-1") == .id)
        #expect(Self.found([("O-1", ""), ("O-1", "")], by: search) == ["O-1": [nil, nil]])
    }

    @Test func `a line with another message is not taken for a processed order`() {
        let text = #"{"message":"batch done","order_id":"O-1","event_id":"e-1"}"#
        let line = FunctionLogLine(function: "F", event: LogEvent(eventID: "1", timestamp: 1, message: text))
        #expect(ProcessingLines(of: ["O-1"]).processings(in: [line]).isEmpty)
    }

    @Test(arguments: [ProcessingLinesTests.masked, "ORD-20251107-442621", "bob@test.com"])
    func `an id that the log masks is found by the changes that are known`(id: String) {
        #expect(PersonalData.masked(id) != id)
        let search = ProcessingLines(of: [id], changes: [id: ["e-1", "e-2"], "O-9": ["e-9"]])
        #expect(search.search(for: id) == .changes)
        let orders = [(id, "e-1"), (id, "e-3"), ("O-9", "e-9"), (id, "e-2"), (id, "e-1"), (id, "")]
        #expect(Self.found(orders, by: search) == [id: ["e-1", "e-2"]])
    }

    @Test func `of two ids that look alike in the log each has its own lines`() {
        #expect(PersonalData.masked(Self.masked) == PersonalData.masked(Self.twin))
        let search = ProcessingLines(
            of: [Self.masked, Self.twin],
            changes: [Self.masked: ["e-1"], Self.twin: ["e-2"]]
        )
        #expect(
            Self.found([(Self.twin, "e-2"), (Self.masked, "e-1")], by: search)
                == [Self.masked: ["e-1"], Self.twin: ["e-2"]]
        )
    }

    @Test func `nothing is said of an id that the log masks where none of its changes is known`() {
        for search in [
            ProcessingLines(of: [Self.masked]), ProcessingLines(of: [Self.masked], changes: [Self.masked: []]),
        ] {
            #expect(search.search(for: Self.masked) == .impossible)
            #expect(!search.isPossible)
            #expect(Self.found([(Self.masked, "e-1")], by: search).isEmpty)
        }
        #expect(ProcessingLines(of: [Self.masked, "O-1"]).isPossible)
        #expect(ProcessingLines(of: [Self.masked], changes: [Self.masked: ["e-1"]]).isPossible)
    }

    @Test(
        arguments: [
            (["O-1"], [:], "\"O-1\""), (["O-1", "O-2"], [:], nil), (["O 1"], [:], nil),
            ([ProcessingLinesTests.masked], [ProcessingLinesTests.masked: ["e-1"]], "\"e-1\""),
            ([ProcessingLinesTests.masked], [ProcessingLinesTests.masked: ["e-1", "e-2"]], nil),
            ([ProcessingLinesTests.masked], [:], nil), (["O-1"], ["O-1": ["e-1"]], "\"O-1\""),
        ] as [(Set<String>, [String: Set<String>], String?)]
    )
    func `the log is filtered by what it shows`(ids: Set<String>, changes: [String: Set<String>], pattern: String?) {
        #expect(ProcessingLines(of: ids, changes: changes).pattern == pattern)
    }
}
