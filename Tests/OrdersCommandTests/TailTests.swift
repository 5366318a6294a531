import AWSClient
import AWSOperations
import Foundation
import JSONText
import LambdaRuntime
import Orders
import OrdersCommand
import PipesRunner
import Platform
import Testing

@Suite struct TailLineTests {
    private static let plain = Terminal(width: nil, hasColours: false)

    private static func log(_ text: String, function: String = "OrderWriter") -> FunctionLogLine {
        FunctionLogLine(function: function, event: LogEvent(eventID: "1", timestamp: 1_756_318_080_123, message: text))
    }

    @Test func `a log line shows its level, message and members, masked and harmless`() {
        let line = TailLine(
            Self.log(
                #"{"level":"WARN","message":"m bob@example.com","timestamp":"t","order_id":"O\u001b[31m\u202e","read":4}"#
            ),
            Self.plain
        )
        #expect(line.text == #"t  logs     OrderWriter  WARN  m ***@example.com  order_id=O\u{1b}[31m\u{202e}  read=4"#)
        #expect(String(decoding: line.json, as: UTF8.self).contains("bob@example.com"))
    }

    @Test func `a line of Lambda's own is shown as it is`() {
        let line = TailLine(Self.log("REPORT RequestId: 1\tDuration: 2.00 ms\n"), Self.plain)
        #expect(
            line.text == #"2025-08-27T18:08:00.123Z  logs     OrderWriter  REPORT RequestId: 1  Duration: 2.00 ms"#
        )
        #expect(String(decoding: line.json, as: UTF8.self).contains(#""text":"REPORT"#))
    }

    /// A line of Lambda's own in the JSON format.
    private static func platform(_ type: String, _ members: String = "") -> FunctionLogLine {
        Self.log(#"{"time":"t","type":"platform.\#(type)","record":{"requestId":"1"\#(members)}}"#)
    }

    @Test(arguments: [
        (TailLineTests.log("START RequestId: 1 Version: 2"), true), (TailLineTests.log("END RequestId: 1"), true),
        (TailLineTests.log("REPORT RequestId: 1"), false),
        (TailLineTests.platform("start"), true),
        (TailLineTests.platform("runtimeDone", #","status":"success""#), true),
        (TailLineTests.platform("runtimeDone", #","status":"failure""#), false),
        (TailLineTests.platform("report", #","status":"success""#), true),
        (TailLineTests.platform("report"), true),
        (TailLineTests.platform("report", #","status":"timeout""#), false),
        (TailLineTests.platform("initReport", #","status":"success""#), false),
        (TailLineTests.log(#"{"level":"INFO","message":"START RequestId: 1","type":"platform.start"}"#), false),
    ])
    func `what says only that an invocation began or ended well is a frame`(line: FunctionLogLine, isFrame: Bool) {
        #expect(line.isFrame == isFrame, "\(line.text)")
    }

    @Test func `a line of Lambda's own in JSON shows how the invocation went`() {
        let failed = Self.platform("report", #","status":"error","errorType":"Runtime.ExitError","metrics":{"a":1}"#)
        #expect(
            TailLine(failed, Self.plain).text
                == "t  logs     OrderWriter  ERROR  platform.report  status=error  errorType=Runtime.ExitError"
        )
        let coloured = TailLine(failed, Terminal(width: nil, hasColours: true)).text
        #expect(coloured.contains("\u{1B}[31mERROR"))
        let started = Self.platform("initReport", #","status":"success""#)
        #expect(
            TailLine(started, Self.plain).text == "t  logs     OrderWriter  INFO  platform.initReport  status=success"
        )
    }

    @Test func `a line has colours only where the terminal has`() {
        let text = #"{"level":"ERROR","message":"m"}"#
        #expect(!TailLine(Self.log(text), Self.plain).text.contains("\u{1B}"))
        #expect(TailLine(Self.log(text), Terminal(width: nil, hasColours: true)).text.contains("\u{1B}[31mERROR"))
    }

    @Test func `a change shows what it changed`() throws {
        let json = """
            {"eventID":"e","eventName":"MODIFY","dynamodb":{"ApproximateCreationDateTime":1756318080,\
            "Keys":{"orderId":{"S":"O-1"}},"SequenceNumber":"1","OldImage":{"status":{"S":"pending"},"amount":{"N":"5"}},\
            "NewImage":{"status":{"S":"shipped"},"amount":{"N":"5"},"currency":{"S":"EUR"},"amountBand":{"S":"LE100"}}}}
            """
        let record = PolledRecord(
            identifier: "e",
            sequenceNumber: "1",
            arrival: nil,
            orderingKey: "",
            json: Array(json.utf8)
        )
        let line = TailLine(try #require(TableChange(record)), event: record.json, Self.plain)
        #expect(
            line.text
                == "2025-08-27T18:08:00.000Z  changes  MODIFY  O-1  status pending → shipped  amount 5 EUR  LE100"
        )
    }

    @Test func `nothing of a record or a change is obeyed by the terminal`() throws {
        let archived = """
            {"shardId":"s\\u001b[2J","sequenceNumber":"1","arrivedAt":"t","order":{"verdict":"accepted",\
            "orderId":"O-1","amount":"5\\u001b[1A","currency":"EUR\\u009b"}}
            """
        let record = try #require(ArchivedRecord(Array(archived.utf8)[...], key: "k", line: 1))
        let line = TailLine(record, archiveLine: Array(archived.utf8), Self.plain)
        #expect(line.text == #"t  stream   s\u{1b}[2J  O-1  5\u{1b}[1A EUR\u{9b}"#)

        let json = #"{"eventID":"e","eventName":"M\u001b[2J","dynamodb":{"Keys":{"orderId":{"S":"O-1"}}}}"#
        let polled = PolledRecord(
            identifier: "e",
            sequenceNumber: "1",
            arrival: nil,
            orderingKey: "",
            json: Array(json.utf8)
        )
        let change = try #require(TableChange(polled))
        #expect(TailLine(change, event: polled.json, Self.plain).text.hasSuffix(#"changes  M\u{1b}[2J  O-1"#))
    }

    @Test func `a dead letter names its queue and its reason`() {
        let message = SQSMessage(
            messageID: "m-1",
            receiptHandle: "r",
            body: #"{"format":1,"function":"F","reason":"why","source":"s","record":"e30="}"#
        )
        #expect(TailLine(message, of: "AnalyticsDLQ", Self.plain).text.hasSuffix("AnalyticsDLQ  F: why  message m-1"))
    }

    /// What the line of a letter says between its queue and its message's id.
    private static func letter(_ body: String, of queue: String) -> String {
        let message = SQSMessage(messageID: "m-1", receiptHandle: "r", body: body)
        let text = TailLine(message, of: queue, Self.plain).text
        return text.components(separatedBy: "\(queue)  ").dropFirst().joined()
            .components(separatedBy: "  message m-1").dropLast().joined()
    }

    @Test func `a dead letter names its order and its reason, whoever sent it there`() {
        let event = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":"O-7","TotalAmount":-1}}"#
        let record = Base64.encode(Array(event.utf8))
        let function =
            #"{"format":1,"function":"F","reason":"why","source":"s","shardId":"a","sequenceNumber":"1","record":"\#(record)"}"#
        #expect(Self.letter(function, of: "AnalyticsDLQ") == "O-7  F: why")
        let refused = Self.letter(#"{"orderId":"O-8","status":5,"timestamp":"2025-08-27T18:08:00Z"}"#, of: "OrderDLQ")
        #expect(refused.hasPrefix("O-8  OrderWriter: ") && refused.contains("$.status"))
        let enveloped = #"{"Type":"Notification","Message":"{\"orderId\":17,\"timestamp\":\"2025-08-27T18:08:00Z\"}"}"#
        #expect(Self.letter(enveloped, of: "OrderDLQ").hasPrefix("17  OrderWriter could not store it"))
        #expect(Self.letter(enveloped, of: "OrderTopicDLQ") == "17  SNS could not deliver it to OrderQueue")
        #expect(Self.letter("no JSON", of: "OrderDLQ").hasPrefix("OrderWriter: "))
    }

    /// As a double each of these is another number.
    @Test(arguments: ["1234567890123456789", "450789469000000001", "123456789012345678901234567890"])
    func `a dead letter's long id is its digits, as a number and as a string`(id: String) {
        for written in [id, "\"\(id)\""] {
            let refused = #"{"orderId":\#(written),"amount":"twelve"}"#
            let event = #"{"Type":"OrderCreatedV1","Payload":{"OrderId":\#(written),"TotalAmount":-1}}"#
            let record = Base64.encode(Array(#"{"detail-type":"o","detail":\#(event)}"#.utf8))
            let letter =
                #"{"format":1,"function":"F","reason":"r","source":"s","shardId":"a","sequenceNumber":"1","record":"\#(record)"}"#
            for (body, queue) in [(refused, "OrderDLQ"), (letter, "AnalyticsDLQ")] {
                let message = SQSMessage(messageID: "m-1", receiptHandle: "r", body: body)
                #expect(DeadLetterContents(message, of: queue, rules: InputRules()).orderID == id)
            }
        }
    }

    @Test func `a queue is looked into when its depth changes, after a look that failed, and now and then`() {
        var looks = QueueLooks()
        func isDue(_ depth: QueueDepth, at seconds: Int) -> Bool { looks.isDue(depth, at: .seconds(seconds)) }
        let (one, two) = (QueueDepth(visible: 1, inFlight: 0), QueueDepth(visible: 2, inFlight: 0))
        #expect(!isDue(QueueDepth(visible: 0, inFlight: 0), at: 100))
        #expect(isDue(one, at: 103))
        #expect(!isDue(one, at: 106))
        // As the look before left it, and then as it was.
        #expect(!isDue(QueueDepth(visible: 0, inFlight: 1), at: 107))
        #expect(!isDue(one, at: 108))
        #expect(isDue(two, at: 109))
        looks.failed()
        #expect(isDue(two, at: 112))
        #expect(!isDue(two, at: 141))
        #expect(isDue(two, at: 142))
    }

    @Test func `lines of an order are found by all its ids, and those of others are not`() throws {
        var correlation = OrderCorrelation(orderID: Fixtures.orderID("O-1"))
        let archived = """
            {"shardId":"s","sequenceNumber":"17","record":{"CorrelationId":"c-1","MessageId":"m-1"},\
            "order":{"verdict":"accepted","eventId":"m-1","orderId":"O-1"}}
            """
        correlation.learn(try #require(ArchivedRecord(Array(archived.utf8)[...], key: "k", line: 1)))
        let row: AttributeMap = ["orderId": .s("O-1"), "correlationId": .s("c-2")]
        correlation.learn(OrderRow(id: try #require(OrderID("O-1")), item: row))
        let lines = [
            (#"{"message":"a","order_id":"O-2","event_id":"e-2"}"#, false),
            // Of one request with several orders.
            (#"{"message":"j","order_id":"O-2","event_id":"e-2","correlation_id":"c-1"}"#, false),
            (#"{"message":"k","correlation_id":"c-2"}"#, true),
            (#"{"message":"b","event_id":"e-1"}"#, false),
            (#"{"message":"c","order_id":"O-1","event_id":"e-1"}"#, true),
            (#"{"message":"d","event_id":"e-1"}"#, true),
            (#"{"message":"e","correlation_id":"c-1"}"#, true),
            (#"{"message":"f","sequence_number":"17"}"#, true),
            (#"{"message":"g","event_id":"e-2"}"#, false),
            (#"{"message":"h","reason":"the order \"O-1\" is gone"}"#, false),
            (#"{"message":"i","orders":["O-1"]}"#, true),
            ("REPORT RequestId: 1", false),
        ]
        for (text, isAdmitted) in lines { #expect(correlation.admits(Self.log(text)) == isAdmitted, "\(text)") }
    }

    @Test func `an order whose id the logs mask is found by its other ids, which no line is dropped for`() {
        var correlation = OrderCorrelation(orderID: Fixtures.orderID("450789469000000001"))
        #expect(correlation.isMasked)
        #expect(!OrderCorrelation(orderID: Fixtures.orderID("O-1")).isMasked)
        correlation.learn("e-1")
        let lines = [
            (#"{"message":"a","order_id":"***0001","event_id":"e-1","correlation_id":"c-1"}"#, true),
            // Another order looks the same.
            (#"{"message":"b","order_id":"***0001","event_id":"e-2"}"#, false),
            (#"{"message":"c","order_id":"***0002","event_id":"e-3","correlation_id":"c-1"}"#, false),
            (#"{"message":"d","correlation_id":"c-1"}"#, true),
            (#"{"message":"e","order_id":"***0001"}"#, false),
            (#"{"message":"f","orders":["***0001"]}"#, false),
        ]
        for (text, isAdmitted) in lines { #expect(correlation.admits(Self.log(text)) == isAdmitted, "\(text)") }
    }

    @Test func `an id that the logs mask is no proof but together with another one`() throws {
        var correlation = OrderCorrelation(orderID: Fixtures.orderID("O-1"))
        let row: AttributeMap = ["orderId": .s("O-1"), "correlationId": .s("4111111111111111")]
        correlation.learn(OrderRow(id: try #require(OrderID("O-1")), item: row))
        let lines = [
            (#"{"message":"a","correlation_id":"***1111"}"#, false),
            (#"{"message":"b","order_id":"O-2","correlation_id":"***1111"}"#, false),
            (#"{"message":"c","order_id":"O-1","correlation_id":"***1111"}"#, true),
            // What a line shows of an id that is masked is no proof either.
            (#"{"message":"d","order_id":"O-1","event_id":"e-1","message_id":"***2222"}"#, true),
            (#"{"message":"e","message_id":"***2222"}"#, false),
            (#"{"message":"f","message_id":"***2222","correlation_id":"***1111"}"#, true),
        ]
        for (text, isAdmitted) in lines { #expect(correlation.admits(Self.log(text)) == isAdmitted, "\(text)") }
        var masked = OrderCorrelation(orderID: Fixtures.orderID("450789469000000001"))
        masked.learn(OrderRow(id: try #require(OrderID("450789469000000001")), item: row))
        let both = [
            (#"{"message":"g","order_id":"***0001","correlation_id":"***1111"}"#, true),
            (#"{"message":"h","order_id":"***0001"}"#, false),
        ]
        for (text, isAdmitted) in both { #expect(masked.admits(Self.log(text)) == isAdmitted, "\(text)") }
    }
}

/// Whose lines they are where two orders' ids, or those of their records, are canonically equivalent.
@Suite struct EquivalentLinesTests {
    private static func log(_ members: String) -> FunctionLogLine {
        let text = #"{"message":"m",\#(members)}"#
        return FunctionLogLine(function: "F", event: LogEvent(eventID: "1", timestamp: 1, message: text))
    }

    @Test(arguments: [0, 1])
    func `lines of the other order are not the order's`(index: Int) {
        let (own, other) = (Fixtures.equivalentTexts[index], Fixtures.equivalentTexts[1 - index])
        var correlation = OrderCorrelation(orderID: Fixtures.orderID(own))
        correlation.learn("c \(own)")
        let lines = [
            (#""order_id":"\#(own)","event_id":"e-1""#, true), (#""order_id":"\#(other)","event_id":"e-2""#, false),
            (#""event_id":"e-2""#, false), (#""correlation_id":"c \#(other)""#, false),
            (#""correlation_id":"c \#(own)""#, true),
            // The line is of one order, whatever else it names.
            (#""order_id":"\#(other)","correlation_id":"c \#(own)""#, false),
        ]
        for (members, isAdmitted) in lines {
            #expect(correlation.admits(Self.log(members)) == isAdmitted, "\(members)")
        }
    }

    @Test func `a masked id that is canonically equivalent to the order's makes no line its own`() {
        let texts = Fixtures.equivalentTexts.map { "4111111111111111 \($0)" }
        let correlation = OrderCorrelation(orderID: Fixtures.orderID(texts[0]))
        #expect(correlation.isMasked)
        for (text, isKept) in zip(texts, [true, false]) {
            let line = Self.log(#""order_id":"\#(PersonalData.masked(text))""#)
            #expect(correlation.mayAdmitLater(line, learnsChanges: false) == isKept)
        }
    }

    @Test func `lines without ids that are canonically equivalent are two`() {
        let lines = Fixtures.equivalentTexts.map { text in
            let message = #"{"message":"m","order_id":"\#(text)"}"#
            return FunctionLogLine(function: "F", event: LogEvent(eventID: "", timestamp: 1, message: message))
        }
        var seen = SeenLines()
        #expect(seen.new(in: lines, isCutOff: false).count == 2)
        #expect(seen.new(in: lines, isCutOff: false).isEmpty)
    }
}

/// Which lines are kept until an id is learned that may show them to be the order's.
@Suite struct LaterLinesTests {
    private static func log(_ text: String) -> FunctionLogLine {
        FunctionLogLine(
            function: "PremiumOrdersProcessor",
            event: LogEvent(eventID: "1", timestamp: 1_756_318_080_123, message: text)
        )
    }

    private static let deadLettered = #"{"message":"change dead-lettered","event_id":"e-1","reason":"r"}"#

    @Test(arguments: [
        (LaterLinesTests.deadLettered, true), (#"{"message":"a","order_id":"","event_id":"e-1"}"#, true),
        // Its order is known, and is another one.
        (#"{"message":"b","order_id":"O-2","event_id":"e-1"}"#, false),
        (#"{"message":"c","event_id":"unknown"}"#, false), (#"{"message":"d","event_id":""}"#, false),
        (#"{"message":"e","reason":"r"}"#, false), ("REPORT RequestId: 1", false),
    ])
    func `a line that names a change alone may be the order's, where changes are read`(text: String, isKept: Bool) {
        let line = Self.log(text)
        for orderID in ["O-1", "450789469000000001"] {
            let correlation = OrderCorrelation(orderID: Fixtures.orderID(orderID))
            #expect(correlation.mayAdmitLater(line, learnsChanges: true) == isKept, "\(text)")
            #expect(!correlation.mayAdmitLater(line, learnsChanges: false), "\(text)")
        }
    }

    @Test(arguments: [
        (#"{"message":"a","message_id":"m-1"}"#, true), (#"{"message":"b","sequence_number":"7"}"#, true),
        (#"{"message":"c","order_id":"O-2","message_id":"m-1"}"#, false), (#"{"message":"d","reason":"r"}"#, false),
    ])
    func `a line that names no order may be its own as long as its records are looked for`(text: String, isKept: Bool) {
        let correlation = OrderCorrelation(orderID: Fixtures.orderID("O-1"))
        let line = Self.log(text)
        #expect(correlation.mayAdmitLater(line, learnsChanges: false, learnsRecords: true) == isKept)
        #expect(!correlation.mayAdmitLater(line, learnsChanges: false))
    }

    @Test(arguments: [true, false])
    func `a line that looks like one of an order whose id is masked may be its own`(learnsChanges: Bool) {
        let correlation = OrderCorrelation(orderID: Fixtures.orderID("450789469000000001"))
        func isKept(_ text: String) -> Bool {
            correlation.mayAdmitLater(Self.log(text), learnsChanges: learnsChanges)
        }
        #expect(isKept(#"{"message":"a","order_id":"***0001"}"#))
        #expect(isKept(#"{"message":"b","order_id":"***0001","event_id":"e-1"}"#))
        #expect(!isKept(#"{"message":"c","order_id":"***0002","event_id":"e-1"}"#))
    }

    @Test func `a line that was kept is admitted once the id of its change is known`() {
        var correlation = OrderCorrelation(orderID: Fixtures.orderID("O-1"))
        let line = Self.log(Self.deadLettered)
        let isAdmittedAtFirst = correlation.admits(line)
        correlation.learn("e-1")
        let isAdmittedLater = correlation.admits(line)
        #expect(!isAdmittedAtFirst && isAdmittedLater)
    }
}

@Suite struct TimeArgumentTests {
    private static let now = UTCInstant(secondsSince1970: 1_756_318_080)

    @Test(arguments: [
        ("2025-08-27", 1_756_252_800), ("2025-08-27T18:08:00Z", 1_756_318_080), ("2025-08-27T18:08", 1_756_318_080),
        ("2025-08-27T20:08:00+02:00", 1_756_318_080), ("30s", 1_756_318_050), ("15m", 1_756_317_180),
        ("2h", 1_756_310_880), ("7d", 1_755_713_280), ("0s", 1_756_318_080),
    ])
    func `a day, an instant or a time ago is a point in time`(text: String, seconds: Int64) {
        #expect(TimeArgument.parse(text, now: Self.now)?.secondsSince1970 == seconds)
    }

    @Test(arguments: ["", "yesterday", "7", "d", "-1d", "1.5h", "99999999999999999999d", "2025-02-29", "7D"])
    func `anything else is none`(text: String) {
        #expect(TimeArgument.parse(text, now: Self.now) == nil)
    }

    @Test func `the end of a span is the end of its day`() {
        #expect(TimeArgument.parse("2025-08-27", now: Self.now, endOfDay: true)?.secondsSince1970 == 1_756_339_200)
    }
}
