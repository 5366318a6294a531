import TestSupport
import Testing

/// Which changes are processed: every rule of both processors, through the real handlers.
@Suite struct ProcessorRuleTests {
    private static func change(_ edit: (inout StreamChange) -> Void = { _ in }) -> StreamChange {
        var change = StreamChange(1)
        edit(&change)
        return change
    }

    /// A change, and whether the normal and the premium processor process it.
    private static let cases: [(String, StreamChange, Bool, Bool)] = [
        ("a premium order shipped", change(), true, true),
        ("just above the premium amount", change { $0.amount = ["N": "1000.000000001"] }, true, true),
        ("exactly the premium amount", change { $0.amount = ["N": "1000"] }, true, false),
        ("just above the normal amount", change { $0.amount = ["N": "100.01"] }, true, false),
        ("exactly the normal amount", change { $0.amount = ["N": "100.00"] }, false, false),
        ("an amount as a string", change { $0.amount = ["S": "1500"] }, true, true),
        ("no amount", change { $0.amount = nil }, false, false),
        ("no status", change { $0.new = nil }, false, false),
        ("another status", change { $0.new = "returned" }, false, false),
        ("statuses in capitals", change { ($0.old, $0.new) = ("Pending", "SHIPPED") }, true, true),
        ("statuses in white space", change { ($0.old, $0.new) = ("pending\n", " shipped ") }, true, true),
        ("a status that is longer", change { $0.new = "shipped 1" }, false, false),
        ("still pending", change { $0.new = "pending" }, true, false),
        ("shipped before", change { $0.old = "shipped" }, true, false),
        ("never pending", change { $0.old = "new" }, true, false),
        ("no status before", change { $0.old = nil }, true, false),
        ("a new order", change { $0.eventName = "INSERT" }, true, false),
        ("a new pending order", change { ($0.eventName, $0.new) = ("INSERT", "pending") }, true, false),
        ("a deletion", change { ($0.eventName, $0.hasNewImage) = ("REMOVE", false) }, false, false),
        ("a deletion with an image", change { $0.eventName = "REMOVE" }, false, false),
        ("keys only", change { $0.hasNewImage = false }, false, false),
        ("a test address", change { $0.email = "bob@Test.COM" }, false, false),
        ("a test address below", change { $0.email = "bob@qa.test.com" }, false, false),
        ("a test address in spaces", change { $0.email = " bob@test.com " }, false, false),
        ("a test address with a name", change { $0.email = "Bob <bob@test.com>" }, false, false),
        ("a test address with the root's dot", change { $0.email = "bob@test.com." }, false, false),
        ("a customer named like a test", change { $0.email = #""bob@test.com" <kim@example.com>"# }, true, true),
        ("a customer", change { $0.email = "bob@contest.com" }, true, true),
    ]

    @Test(arguments: cases.indices)
    func `a change is processed or skipped by its own rules`(index: Int) async throws {
        let (name, change, isNormal, isPremium) = Self.cases[index]
        let event = try StreamDelivery.pipe.event([change])
        let normal = ProcessorsUnderTest()
        #expect(try await normal.handle(.normal, event).failed == [])
        #expect(normal.logged.contains("normal order processed") == isNormal, "\(name)")
        let premium = ProcessorsUnderTest()
        let answer = try await premium.handle(.premium, event)
        #expect(answer.failed == [] && answer.statusCode == 200)
        #expect(answer.premiumOrdersProcessed == (isPremium ? ["ORD-1"] : []), "\(name)")
        #expect(premium.sns.published.count == (isPremium ? 1 : 0), "\(name)")
        #expect(premium.sqs.sent.isEmpty && normal.sqs.sent.isEmpty, "\(name)")
    }

    @Test(arguments: ProcessorsUnderTest.Function.allCases)
    func `without lines for orders the batch's line has the same counts`(
        function: ProcessorsUnderTest.Function
    ) async throws {
        let event = try StreamDelivery.pipe.event([StreamChange(1), StreamChange(2)])
        let (all, none) = (ProcessorsUnderTest(), ProcessorsUnderTest(orderLog: "none"))
        for processors in [all, none] { #expect(try await processors.handle(function, event).failed == []) }
        #expect(all.logged.contains("ORD-1") && !none.logged.contains("ORD-1"))
        #expect(all.logged.split(separator: "\n").count == none.logged.split(separator: "\n").count + 2)
        for processors in [all, none] { #expect(processors.logged.contains(#""read":2,"processed":2"#)) }
    }

    @Test(arguments: ProcessorsUnderTest.Function.allCases)
    func `an order's line has its correlation id, where it has one that is no address`(
        function: ProcessorsUnderTest.Function
    ) async throws {
        let changes = [Self.change { $0.correlationID = "c-1" }, StreamChange(2), StreamChange(3)]
        var event = changes
        event[2].correlationID = "maria@example.com"
        let processors = ProcessorsUnderTest()
        #expect(try await processors.handle(function, StreamDelivery.pipe.event(event)).failed == [])
        let lines = processors.logged.split(separator: "\n").filter { $0.contains("\"order_id\"") }
        #expect(lines.map { $0.contains(#","correlation_id":"c-1""#) } == [true, false, false])
        #expect(lines.map { $0.contains("correlation_id") } == [true, false, false])
    }

    @Test func `the sample transition of ORD-1001 is logged as shipped and answered`() async throws {
        let processors = ProcessorsUnderTest()
        let event = try sampleEvent("pipe-premium-transition")
        let answer = try await processors.handle(.premium, event)
        #expect(answer.premiumOrdersProcessed == ["ORD-1001"])
        #expect(answer.failed == [] && answer.statusCode == 200)
        #expect(processors.logged.contains(#""premium order shipped""#))
        #expect(processors.logged.contains(#""order_id":"ORD-1001","amount":"1500""#))
    }

    @Test(arguments: [
        ("pipe-amount-exactly-100", #""processed":0,"skipped":1,"skip_reasons":["amount: 1"]"#),
        ("pipe-expired-order", #""processed":0,"skipped":1,"skip_reasons":["eventName: 1"]"#),
        ("pipe-order-changes", #""read":3,"processed":2,"skipped":1,"skip_reasons":["testAddress: 1"]"#),
        ("pipe-batch-with-poison-record", #""read":3,"processed":2,"skipped":0,"skip_reasons":[],"dead_lettered":1"#),
        ("pipe-empty-batch", #""read":0,"processed":0"#),
    ])
    func `the normal processor says what it did with a sample`(name: String, counts: String) async throws {
        let processors = ProcessorsUnderTest()
        let answer = try await processors.handle(.normal, sampleEvent(name))
        #expect(answer.failed == [] && answer.statusCode == 200 && answer.premiumOrdersProcessed == nil)
        #expect(processors.logged.contains(counts))
    }

    @Test(arguments: ["stream-event-source-mapping", "stream-single-record"])
    func `other deliveries of samples are processed too`(name: String) async throws {
        for function in ProcessorsUnderTest.Function.allCases {
            let processors = ProcessorsUnderTest()
            let answer = try await processors.handle(function, sampleEvent(name))
            #expect(answer.failed == [] && answer.statusCode == 200)
            #expect(processors.logged.contains("batch done"))
            let place = #/"first_sequence_number":"\d+","last_sequence_number":"\d+"/#
            #expect(processors.logged.contains(place))
        }
    }
}
