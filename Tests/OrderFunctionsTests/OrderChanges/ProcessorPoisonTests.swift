import AWSClient
import Foundation
import LambdaEvents
import TestSupport
import Testing

/// Changes that can never be processed go to the Pipe's dead-letter queue, and nothing is lost on the way.
@Suite struct ProcessorPoisonTests {
    private static func poison(_ number: Int, _ edit: (inout StreamChange) -> Void = { _ in }) -> StreamChange {
        var change = StreamChange(number)
        change.amount = ["N": "a lot"]
        edit(&change)
        return change
    }

    /// The bytes of a change as a Pipe delivers them.
    private static func bytes(_ change: StreamChange) throws -> [UInt8] {
        Array(try StreamDelivery.pipe.event([change]).dropFirst().dropLast())
    }

    @Test(arguments: ProcessorsUnderTest.Function.allCases)
    func `poison is dead-lettered and its neighbours are processed`(
        function: ProcessorsUnderTest.Function
    ) async throws {
        let processors = ProcessorsUnderTest()
        let poison = Self.poison(2) { $0.email = "maria@example.com" }
        let event = try StreamDelivery.pipe.event([StreamChange(1), poison, StreamChange(3)])
        let answer = try await processors.handle(function, event)
        #expect(answer.failed == [])
        let letter = try #require(processors.deadLetters().first)
        #expect(processors.sqs.sent.map(\.queueURL) == ["https://queue.example/dlq"])
        #expect(Set(letter.keys) == ["function", "reason", "source", "eventID", "record"])
        #expect(letter["function"] == function.rawValue)
        #expect(letter["source"] == "arn:stream" && letter["eventID"] == "event-2")
        #expect(letter["reason"]?.contains("$.amount") == true && letter["reason"]?.contains("a lot") == false)
        #expect(try letter["record"].flatMap { Data(base64Encoded: $0) } == Data(Self.bytes(poison)))
        #expect(processors.logged.contains(#""processed":2"#) && processors.logged.contains(#""dead_lettered":1"#))
        #expect(!processors.logged.contains("maria") && !processors.logged.contains("a lot"))
    }

    @Test(arguments: [
        poison(1) { ($0.amount, $0.orderID) = (["N": "1500"], nil) }, poison(1) { $0.amount = ["BOOL": "true"] },
        poison(1) { $0.amount = ["N": "-1"] }, poison(1) { $0.new = nil },
    ])
    func `a missing order id or an unreadable amount is poison, whatever else is missing`(
        change: StreamChange
    ) async throws {
        for function in ProcessorsUnderTest.Function.allCases {
            let processors = ProcessorsUnderTest()
            _ = try await processors.handle(function, StreamDelivery.pipe.event([change]))
            #expect(processors.sqs.sent.count == 1)
        }
    }

    @Test func `a record that is none is poison, with its neighbours' source`() async throws {
        let processors = ProcessorsUnderTest()
        let answer = try await processors.premium(
            Self.poison(1) { $0.eventName = "UPSERT" },
            StreamChange(2)
        )
        #expect(answer.failed == [] && answer.premiumOrdersProcessed == ["ORD-2"])
        let letter = try #require(processors.deadLetters().first)
        #expect(letter["source"] == "arn:stream" && letter["eventID"] == "event-1")
    }

    @Test func `the largest record that fits a message is in it, and a larger one in the bucket`() async throws {
        for (isLarge, count) in [(false, 97_500), (true, 98_500)] {
            let processors = ProcessorsUnderTest()
            let poison = Self.poison(1) { $0.note = String(repeating: "x", count: count) }
            let event = try StreamDelivery.pipe.event([poison])
            #expect(try await processors.handle(.premium, event).failed == [])
            let letter = try #require(processors.deadLetters().first)
            #expect(processors.sqs.sent.allSatisfy { $0.messageBody.utf8.count <= 262_144 })
            #expect((letter["record"] == nil) == isLarge)
            #expect(processors.s3.contents.count == (isLarge ? 1 : 0))
            guard isLarge else { continue }
            let key = try #require(letter["key"])
            #expect(letter["bucket"] == "archive" && letter["eventID"] == "event-1" && letter["reason"] != nil)
            #expect(key == "dead-letters/PremiumOrdersProcessor/event-1")
            #expect(try processors.s3.contents[key]?.body == Self.bytes(poison))
            // Its next delivery finds the object and sends the message again.
            #expect(try await processors.handle(.premium, event).failed == [])
            #expect(processors.sqs.sent.count == 2 && processors.s3.contents.count == 1)
        }
    }

    @Test(arguments: [("SQS.SendMessage", 10), ("S3.PutObject", 200_000)])
    func `a record whose dead letter cannot be sent is reported`(operation: String, count: Int) async throws {
        let processors = ProcessorsUnderTest()
        processors.faults.plan { call in
            guard call.operation == operation else { return .none }
            return .before(AWSError(code: .accessDenied, message: "no", operation: operation, statusCode: 403))
        }
        let poison = Self.poison(1) { $0.note = String(repeating: "x", count: count) }
        let answer = try await processors.premium(poison, StreamChange(2))
        #expect(answer.failed == ["event-1"])
        #expect(answer.premiumOrdersProcessed == ["ORD-2"])
        #expect(processors.sqs.sent.isEmpty)
    }

    @Test func `poison without an id whose dead letter cannot be sent fails the batch`() async throws {
        let processors = ProcessorsUnderTest()
        let poison = Self.poison(1) { $0.eventID = nil }
        let event = try StreamDelivery.pipe.event([poison])
        #expect(try await processors.handle(.normal, event).failed == [])
        #expect(try processors.deadLetters().first?.keys.contains("eventID") == false)
        processors.faults.plan { .before(.gone($0.operation)) }
        await #expect(throws: EventError.self) { try await processors.handle(.normal, event) }
    }

    @Test func `throttling of the queue passes`() async throws {
        let processors = ProcessorsUnderTest()
        processors.faults.plan { $0.index < 3 ? .before(.throttled($0.operation)) : .none }
        #expect(try await processors.premium(Self.poison(1)).failed == [])
        #expect(processors.sqs.sent.count == 1 && processors.time.sleeps.count == 3)
    }

    @Test(arguments: ProcessorsUnderTest.Function.allCases)
    func `each change is decided by its own image, wherever it stands`(
        function: ProcessorsUnderTest.Function
    ) async throws {
        func record(_ id: String, _ images: String) -> String {
            #"{"eventID":"\#(id)","eventName":"MODIFY","dynamodb":{"OldImage":{"status":{"S":"pending"}},\#(images)}}"#
        }
        func image(_ id: String, _ amount: String = "1500") -> String {
            #""NewImage":{"orderId":{"S":"\#(id)"},"status":{"S":"shipped"},"amount":{"N":"\#(amount)"}}"#
        }
        let records = [
            "7", record("e-1", #""Keys":{}"#), record("e-2", image("O-2")), record("e-3", image("O-3", "many")),
            record("e-4", image("O-4", "many") + "," + image("O-5")),
            record("e-5", image("O-6") + #","NewImage":null"#),
            record("e-6", image("O-7")),
        ]
        let processors = ProcessorsUnderTest()
        let answer = try await processors.handle(function, Array("[\(records.joined(separator: ","))]".utf8))
        #expect(answer.failed == [])
        for (id, isProcessed) in [("O-2", true), ("O-3", false), ("O-5", true), ("O-6", false), ("O-7", true)] {
            #expect(processors.logged.contains(#""order_id":"\#(id)""#) == isProcessed, "\(id)")
        }
        // They are sent side by side, in no order.
        let letters = try processors.deadLetters()
        #expect(letters.map { $0["eventID"] ?? "" }.sorted() == ["", "e-3"])
        // Counted from the beginning of the image, which is what is easily found again.
        let offset = try #require(image("O-3").range(of: #"{"N""#)).lowerBound.utf16Offset(in: image("O-3")) - 11
        let letter = try #require(letters.first { $0["eventID"] == "e-3" })
        #expect(letter["reason"]?.contains("$.amount, byte \(offset)") == true)
    }

    @Test func `an event of another source is an error`() async throws {
        let processors = ProcessorsUnderTest()
        for name in ["sqs-order-message", "kinesis-order-event"] {
            await #expect(throws: EventError.self) { try await processors.handle(.normal, sampleEvent(name)) }
        }
    }
}
