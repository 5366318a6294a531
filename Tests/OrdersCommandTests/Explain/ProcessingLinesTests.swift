import AWSOperations
import LambdaRuntime
import Orders
import OrdersCommand
import Testing

@Suite struct ProcessingLinesTests {
    /// Two ids of which a log shows the same.
    private static let masked = Fixtures.orderID("450789469000000001")
    private static let twin = Fixtures.orderID("450789469000180001")
    private static let one = Fixtures.orderID("O-1")
    private static let two = Fixtures.orderID("O-2")

    /// The lines of orders with an event each, as a processor's log shows them.
    private static func lines(_ orders: [(OrderID, String)]) -> [FunctionLogLine] {
        orders.enumerated().map { index, order in
            let (id, eventID) = order
            let shown = PersonalData.masked(id.text)
            let text = #"{"message":"normal order processed","order_id":"\#(shown)","event_id":"\#(eventID)"}"#
            return FunctionLogLine(
                function: "F",
                event: LogEvent(eventID: "\(index)", timestamp: Int64(index), message: text)
            )
        }
    }

    /// The events of each order that were found.
    private static func found(_ orders: [(OrderID, String)], by search: ProcessingLines) -> [OrderID: [String?]] {
        search.processings(in: self.lines(orders)).mapValues { $0.map(\.eventID) }
    }

    @Test func `lines are found by the order's id, each change once`() {
        let search = ProcessingLines(of: [Self.one, Self.two])
        let three = Fixtures.orderID("O-3")
        let orders = [
            (Self.one, "e-1"), (three, "e-3"), (Self.one, "e-1"), (Self.two, "e-2"), (Self.one, "e-4"),
        ]
        #expect(Self.found(orders, by: search) == [Self.one: ["e-1", "e-4"], Self.two: ["e-2"]])
        #expect(search.search(for: Self.one) == .id)
        #expect(Self.found([(Self.one, ""), (Self.one, "")], by: search) == [Self.one: [nil, nil]])
    }

    @Test func `of two ids that are canonically equivalent each has its own lines`() {
        let ids = Fixtures.equivalentTexts.map(Fixtures.orderID)
        let lines = [(ids[0], "e-1"), (ids[1], "e-2"), (ids[0], "e-3")]
        #expect(Self.found(lines, by: ProcessingLines(of: [ids[1]])) == [ids[1]: ["e-2"]])
        #expect(Self.found(lines, by: ProcessingLines(of: Set(ids))) == [ids[0]: ["e-1", "e-3"], ids[1]: ["e-2"]])
        // Masked, they are told apart by their changes.
        let addresses = Fixtures.equivalentTexts.map { Fixtures.orderID("4111111111111111 \($0)") }
        let search = ProcessingLines(of: Set(addresses), changes: [addresses[0]: ["e-1"], addresses[1]: ["e-2"]])
        #expect(addresses.map { search.search(for: $0) } == [.changes, .changes])
        let masked = [(addresses[0], "e-1"), (addresses[1], "e-2"), (addresses[1], "e-1")]
        #expect(Self.found(masked, by: search) == [addresses[0]: ["e-1"], addresses[1]: ["e-2"]])
    }

    @Test func `changes whose ids are canonically equivalent are two`() {
        let events = Fixtures.equivalentTexts
        let found = Self.found(events.map { (Self.one, $0) }, by: ProcessingLines(of: [Self.one]))
        #expect(found[Self.one]?.count == 2)
        let search = ProcessingLines(of: [Self.masked], changes: [Self.masked: [ExactText(events[0])]])
        let known = Self.found(events.map { (Self.masked, $0) }, by: search)[Self.masked] ?? []
        #expect(known.compactMap { $0.map { ExactText($0) } } == [ExactText(events[0])])
    }

    @Test func `a line with another message is not taken for a processed order`() {
        let text = #"{"message":"batch done","order_id":"O-1","event_id":"e-1"}"#
        let line = FunctionLogLine(function: "F", event: LogEvent(eventID: "1", timestamp: 1, message: text))
        #expect(ProcessingLines(of: [Self.one]).processings(in: [line]).isEmpty)
    }

    @Test(arguments: ["450789469000000001", "ORD-20251107-442621", "bob@test.com"])
    func `an id that the log masks is found by the changes that are known`(text: String) {
        #expect(PersonalData.masked(text) != text)
        let (id, other) = (Fixtures.orderID(text), Fixtures.orderID("O-9"))
        let search = ProcessingLines(of: [id], changes: [id: ["e-1", "e-2"], other: ["e-9"]])
        #expect(search.search(for: id) == .changes)
        let orders = [(id, "e-1"), (id, "e-3"), (other, "e-9"), (id, "e-2"), (id, "e-1"), (id, "")]
        #expect(Self.found(orders, by: search) == [id: ["e-1", "e-2"]])
    }

    @Test func `of two ids that look alike in the log each has its own lines`() {
        #expect(PersonalData.masked(Self.masked.text) == PersonalData.masked(Self.twin.text))
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
        #expect(ProcessingLines(of: [Self.masked, Self.one]).isPossible)
        #expect(ProcessingLines(of: [Self.masked], changes: [Self.masked: ["e-1"]]).isPossible)
    }

    @Test(
        arguments: [
            ([ProcessingLinesTests.one], [:], "\"O-1\""),
            ([ProcessingLinesTests.one, ProcessingLinesTests.two], [:], nil),
            ([Fixtures.orderID("O 1")], [:], nil),
            ([ProcessingLinesTests.masked], [ProcessingLinesTests.masked: ["e-1"]], "\"e-1\""),
            ([ProcessingLinesTests.masked], [ProcessingLinesTests.masked: ["e-1", "e-2"]], nil),
            ([ProcessingLinesTests.masked], [:], nil),
            ([ProcessingLinesTests.one], [ProcessingLinesTests.one: ["e-1"]], "\"O-1\""),
        ] as [(Set<OrderID>, [OrderID: Set<ExactText>], String?)]
    )
    func `the log is filtered by what it shows`(
        ids: Set<OrderID>,
        changes: [OrderID: Set<ExactText>],
        pattern: String?
    ) {
        #expect(ProcessingLines(of: ids, changes: changes).pattern == pattern)
    }
}
