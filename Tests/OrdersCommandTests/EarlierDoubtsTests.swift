import ArchiveAccounts
import OrderFunctions
import Orders
import OrdersCommand
import Testing

/// Which doubtful objects cannot bear on days that are judged by what arrived from 2025-08-20 on.
@Suite struct EarlierDoubtsTests {
    private static let first = Day(number: 2025_08_20)

    private static func doubts(
        of objects: [String: DoubtfulObject],
        judged: Set<String> = []
    ) -> EarlierDoubts {
        EarlierDoubts(of: objects, judged: judged, from: Self.first)
    }

    private static func faulty(lastArrival: UInt32? = nil, end: UInt32? = nil) -> DoubtfulObject {
        DoubtfulObject(
            hasFaults: true,
            deadly: 1,
            lastArrival: lastArrival.map { Day(number: $0) },
            end: end.map { Day(number: $0) }
        )
    }

    @Test func `what is wrong with objects that judge is none of them`() {
        let objects = ["a": Self.faulty(end: 2025_05_01), "b": Self.faulty(end: 2025_06_01)]
        #expect(Self.doubts(of: objects, judged: ["a", "b"]) == EarlierDoubts())
        let doubts = Self.doubts(of: objects, judged: ["b"])
        #expect(doubts.keys == ["a"])
        #expect(doubts.deadly == 1)
        #expect(doubts.faultyUntil?.text == "2025-05-01")
    }

    @Test(
        arguments: [
            (2025_05_01, 2025_05_03, "2025-05-03"), (2025_05_04, 2025_05_03, "2025-05-04"),
            (nil, 2025_05_03, "2025-05-03"), (2025_05_01, nil, "2025-08-19"), (nil, nil, "2025-08-19"),
            (nil, 2025_08_21, "2025-08-19"),
        ] as [(UInt32?, UInt32?, String)]
    )
    func `an object may have lost what arrived up to its end, and at most up to what judges`(
        lastArrival: UInt32?,
        end: UInt32?,
        until: String
    ) {
        #expect(Self.doubts(of: ["a": Self.faulty(lastArrival: lastArrival, end: end)]).faultyUntil?.text == until)
    }

    @Test(arguments: [(2025_08_19, true), (2025_08_20, false)] as [(UInt32, Bool)])
    func `an object with a line that arrived later judges, wherever it stands`(lastArrival: UInt32, isEarlier: Bool) {
        let doubts = Self.doubts(of: ["a": Self.faulty(lastArrival: lastArrival, end: 2025_05_01)])
        #expect(doubts.keys.contains("a") == isEarlier)
        #expect((doubts.faultyUntil != nil) == isEarlier)
    }

    @Test func `a record that nobody has read is lost from no object`() {
        let deadly = DoubtfulObject(hasFaults: false, deadly: 2, lastArrival: nil, end: nil)
        let doubts = Self.doubts(of: ["a": deadly, "b": Self.faulty(end: 2025_05_01)])
        #expect(doubts.deadly == 3)
        #expect(doubts.faultyUntil?.text == "2025-05-01")
        #expect(Self.doubts(of: ["a": deadly]).faultyUntil == nil)
    }

    private static let key = "orders/dt=2025-08-27/hour=18/shardId-000000000000-1.ndjson.gz"

    private static func account(_ lines: [String]) -> ObjectAccount {
        var account = ObjectAccount(object: 0, key: Self.key, decoder: OrderRecordDecoder())
        for line in lines { account.add(Array(line.utf8)[...]) }
        account.finish(recordsWritten: nil)
        return account
    }

    private static func line(_ number: Int, arrivedAt: String) -> String {
        #"{"format":1,"rules":1,"shardId":"shardId-000000000000","sequenceNumber":"\#(number)","partitionKey":"k","#
            + #""arrivedAt":"\#(arrivedAt)","record":{"MessageId":"m-\#(number)","Type":"OrderCreatedV1","#
            + #""Payload":{"OrderId":"O-\#(number)","TotalAmount":2,"ProductIds":["P"]}},"order":{}}"#
    }

    @Test func `an object is doubtful by its faults, and tells up to when it reaches`() {
        let lines = [Self.line(1, arrivedAt: "2025-08-29T00:00:00Z"), Self.line(2, arrivedAt: "2025-08-28T00:00:00Z")]
        #expect(DoubtfulObject(Self.account(lines), metadata: [:]) == nil)
        let damaged = DoubtfulObject(Self.account(lines + ["no line"]), metadata: ["last-sequence-number": "3"])
        #expect(
            damaged
                == DoubtfulObject(hasFaults: true, deadly: 0, lastArrival: Day(number: 2025_08_29), end: nil)
        )
        let empty = DoubtfulObject(Self.account([]), metadata: [:])
        #expect(empty == DoubtfulObject(hasFaults: true, deadly: 0, lastArrival: nil, end: nil))
    }

    /// Two seconds before midnight in the number, which the record may have arrived behind.
    @Test func `the end of an object is the last day of which its last record may be`() {
        let seconds = UInt64(Day(number: 2025_08_28).secondsSince1970 - 2)
        let number = ArchiveExtentTests.number(seconds: seconds, 0)
        let damaged = DoubtfulObject(Self.account(["no line"]), metadata: ["last-sequence-number": number])
        #expect(damaged?.end?.text == "2025-08-28")
    }
}
