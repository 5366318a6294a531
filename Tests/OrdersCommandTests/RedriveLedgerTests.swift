import AWSOperations
import OrdersCommand
import PipesRunner
import Platform
import Testing

@Suite struct RedriveLedgerTests {
    private let now = UTCInstant(secondsSince1970: 1_756_318_080)

    private static func message(_ id: String, sent: UTCInstant? = nil) -> SQSMessage {
        let attributes = sent.map { ["SentTimestamp": String($0.millisecondsSince1970)] } ?? [:]
        return SQSMessage(messageID: id, receiptHandle: "receipt of \(id)", body: "", attributes: attributes)
    }

    @Test func `a message may be handled as long as its function has its time before somebody else gets it`() {
        var ledger = RedriveLedger()
        _ = ledger.received([Self.message("a")], asked: .seconds(100), answered: .seconds(101), now: self.now)
        #expect(ledger.readiness(of: "a", at: .seconds(149)) == .handle)
        #expect(ledger.readiness(of: "a", at: .seconds(150)) == .hideAnew)
        #expect(ledger.readiness(of: "a", at: .seconds(459)) == .hideAnew)
        #expect(ledger.readiness(of: "a", at: .seconds(460)) == .forget)
        #expect(ledger.readiness(of: "b", at: .seconds(100)) == .forget)
        ledger.hiddenAnew("a", at: .seconds(200))
        #expect(ledger.readiness(of: "a", at: .seconds(249)) == .handle)
        #expect(ledger.readiness(of: "a", at: .seconds(559)) == .hideAnew)
        let needed = RedriveLedger.maximumAge + LambdaTarget.pipeTimeout
        #expect(needed < .seconds(RedriveLedger.hidingSeconds))
    }

    @Test func `a message that was forgotten is handled when it comes again, and any other once`() {
        var ledger = RedriveLedger()
        let messages = ["a", "b", "c", "a"].map { Self.message($0, sent: self.now + .seconds(-60)) }
        let first = ledger.received(messages, asked: .zero, answered: .zero, now: self.now)
        #expect(first == [.handle, .handle, .handle, .hold])
        ledger.forget("a")
        ledger.deleted("b")
        #expect(ledger.seenCount == 2)
        let second = ledger.received(messages, asked: .seconds(1), answered: .seconds(1), now: self.now + .seconds(1))
        #expect(second == [.handle, .deleteAgain, .hold, .hold])
    }

    @Test func `behind the first answer those are handled that were sent before it`() {
        var ledger = RedriveLedger()
        let start = self.now
        _ = ledger.received([], asked: .zero, answered: .seconds(1), now: start)
        let first = Self.message("first")
        _ = ledger.received([first], asked: .seconds(1), answered: .seconds(2), now: start + .seconds(1))
        let messages = [
            Self.message("before", sent: start + .milliseconds(999)), Self.message("after", sent: start + .seconds(1)),
            Self.message("of no time"),
        ]
        let turns = ledger.received(messages, asked: .seconds(5), answered: .seconds(6), now: start + .seconds(5))
        #expect(turns == [.handle, .leaveNewcomer, .leaveNewcomer])
    }

    @Test func `the first messages are handled, whatever the clock shows`() {
        var ledger = RedriveLedger()
        let first = Self.message("later than the clock says", sent: self.now + .seconds(9))
        let turns = ledger.received([first], date: self.now, asked: .zero, answered: .zero, now: self.now)
        #expect(turns == [.handle])
    }

    /// The tool's clock is two minutes behind the queue's, and what came first tells of nothing younger than a minute.
    @Test func `the start is told by the date of the first answer`() {
        var ledger = RedriveLedger()
        let server = self.now + .seconds(120)
        let first = Self.message("first", sent: server + .seconds(-60))
        _ = ledger.received([first], date: server, asked: .zero, answered: .seconds(1), now: self.now)
        // A date names its second, of which nobody knows how much was over.
        let second = (server + .milliseconds(998), server + .seconds(1))
        let messages = [Self.message("before", sent: second.0), Self.message("after", sent: second.1)]
        let turns = ledger.received(
            messages,
            date: server + .seconds(9),
            asked: .seconds(9),
            answered: .seconds(9),
            now: self.now + .seconds(9)
        )
        #expect(turns == [.handle, .leaveNewcomer])
    }

    /// As a proxy's may be, whose clock is two minutes ahead of the queue's.
    @Test func `a date that is later than a first receipt tells is not believed`() {
        var ledger = RedriveLedger()
        let wrong = self.now + .seconds(120)
        let first = Self.message("first", sent: self.now + .seconds(-60))
        _ = ledger.received([first], date: wrong, asked: .zero, answered: .zero, now: wrong)
        var refused = Self.message("refused again", sent: self.now + .seconds(2))
        refused.attributes["ApproximateReceiveCount"] = "1"
        let received = self.now + .seconds(3)
        refused.attributes["ApproximateFirstReceiveTimestamp"] = String(received.millisecondsSince1970)
        let turns = ledger.received(
            [refused],
            date: wrong + .seconds(3),
            asked: .seconds(3),
            answered: .seconds(3),
            now: wrong + .seconds(3)
        )
        #expect(turns == [.leaveNewcomer])
    }

    @Test func `without a date the start is not before any time that the first messages tell`() {
        var ledger = RedriveLedger()
        // The tool's clock is two minutes behind.
        let server = self.now + .seconds(120)
        var first = Self.message("first", sent: server + .seconds(-60))
        first.attributes["ApproximateReceiveCount"] = "2"
        let looked = server + .seconds(-10)
        first.attributes["ApproximateFirstReceiveTimestamp"] = String(looked.millisecondsSince1970)
        _ = ledger.received([first], asked: .zero, answered: .zero, now: self.now)
        let messages = [Self.message("before", sent: looked + .milliseconds(-1)), Self.message("after", sent: looked)]
        let turns = ledger.received(messages, asked: .seconds(1), answered: .seconds(1), now: self.now + .seconds(1))
        #expect(turns == [.handle, .leaveNewcomer])
    }

    /// A receipt that is another one's, and a machine that slept, in which time its uptime stood still.
    @Test(arguments: [("1", 0), ("1", 3_600), ("2", 0)])
    func `the start is told by the clock of the first receipt`(receives: String, slept: Int) {
        var ledger = RedriveLedger()
        // The queue's clock is a minute behind.
        let server = self.now + .seconds(-60)
        func receive(_ id: String, sent: UTCInstant, at uptime: Int, _ receives: String) -> [RedriveLedger.Turn] {
            var message = Self.message(id, sent: sent)
            let received = server + .seconds(uptime + (uptime > 1 ? slept : 0))
            message.attributes["ApproximateReceiveCount"] = receives
            message.attributes["ApproximateFirstReceiveTimestamp"] = String(received.millisecondsSince1970)
            let clock = self.now + .seconds(uptime)
            return ledger.received([message], asked: .seconds(uptime), answered: .seconds(uptime), now: clock)
        }
        #expect(receive("first", sent: server, at: 1, receives) == [.handle])
        // Two seconds behind the start by the queue's clock, and before it by the tool's.
        let turn: RedriveLedger.Turn = receives == "1" ? .leaveNewcomer : .handle
        #expect(receive("second", sent: server + .seconds(3), at: 5, receives) == [turn])
    }

    @Test func `it is over behind two answers in a row that are empty`() {
        var ledger = RedriveLedger()
        func receive(_ messages: [SQSMessage]) -> RedriveLedger.End? {
            _ = ledger.received(messages, asked: .zero, answered: .zero, now: self.now)
            return ledger.end
        }
        #expect(receive([]) == nil)
        #expect(receive([Self.message("a")]) == nil)
        #expect(receive([]) == nil)
        #expect(receive([]) == .empty)
    }

    @Test func `it is over before more is hidden than SQS hides`() {
        var ledger = RedriveLedger()
        let sent = self.now + .seconds(-1)
        var isEarly = false
        for round in 1...RedriveLedger.maximumHeld / 10 {
            isEarly = isEarly || ledger.end != nil
            let messages = (0..<10).map { Self.message("\(round) \($0)", sent: sent) }
            _ = ledger.received(messages, asked: .zero, answered: .zero, now: self.now)
        }
        #expect(!isEarly && ledger.end == .full)
        ledger.deleted("1 0")
        #expect(ledger.end == nil)
        #expect(RedriveLedger.maximumHeld < 120_000)
    }

    /// Where it takes longer to receive what is left than it is hidden for, no answer is ever empty.
    @Test func `it is over where all that is held has come again, and nothing else`() {
        var ledger = RedriveLedger()
        let messages = (0..<1_500).map { Self.message("\($0)", sent: self.now + .seconds(-1)) }
        let newcomer = Self.message("newcomer", sent: self.now + .seconds(1))
        func receive(_ messages: some Sequence<SQSMessage>) -> RedriveLedger.End? {
            _ = ledger.received(Array(messages), asked: .zero, answered: .zero, now: self.now)
            return ledger.end
        }
        #expect(receive(messages) == nil)
        #expect(receive(messages.dropLast()) == nil)
        // With something else in between it may be that there is more.
        #expect(receive([newcomer]) == nil)
        #expect(receive(messages.suffix(1)) == nil)
        #expect(receive(messages.dropLast()) == nil)
        #expect(receive([newcomer]) == .empty)
    }

    @Test func `where little is held, its coming again proves nothing until it has come often`() {
        var ledger = RedriveLedger()
        let messages = (0..<900).map { Self.message("\($0)", sent: self.now + .seconds(-1)) }
        for _ in 1...3 {
            _ = ledger.received(messages, asked: .zero, answered: .zero, now: self.now)
            #expect(ledger.end == nil)
        }
        _ = ledger.received([messages[0]], asked: .zero, answered: .zero, now: self.now)
        // Nothing came into the queue meanwhile.
        #expect(ledger.end == .overtaken)
    }

    @Test func `it is over where nothing but newcomers come, for twice as many as were handled`() {
        var ledger = RedriveLedger()
        let messages = (0..<600).map { Self.message("\($0)", sent: self.now + .seconds(-1)) }
        _ = ledger.received(messages, asked: .zero, answered: .zero, now: self.now)
        for number in 1...1_200 {
            let newcomer = Self.message("newcomer \(number)", sent: self.now + .seconds(1))
            _ = ledger.received([newcomer], asked: .zero, answered: .zero, now: self.now)
        }
        #expect(ledger.end == nil)
        _ = ledger.received([messages[0]], asked: .zero, answered: .zero, now: self.now)
        #expect(ledger.end == .flooded)
    }

    @Test func `those are given back first that would be hidden for longest, and none that is visible`() {
        var ledger = RedriveLedger()
        for (id, second) in [("a", 0), ("b", 10), ("c", 20), ("d", 5)] {
            let uptime = Duration.seconds(second)
            let message = Self.message(id, sent: self.now + .seconds(-60))
            _ = ledger.received([message], asked: uptime, answered: uptime, now: self.now + uptime)
        }
        #expect(ledger.held(at: .seconds(360)).map(\.messageID) == ["c", "b", "d"])
        ledger.deleted("b")
        #expect(ledger.held(at: .seconds(360)).map(\.receiptHandle) == ["receipt of c", "receipt of d"])
    }
}
