import AWSClient
import Foundation
import LambdaEvents
import Platform
import Synchronization
import TestSupport
import Testing

/// What the premium topic's subscribers get, and when.
@Suite struct PremiumNotificationTests {
    @Test func `a notification has the documented members and the event id as an attribute`() async throws {
        let processors = ProcessorsUnderTest()
        var change = StreamChange(1)
        change.amount = ["N": "1234567890123456.123456789"]
        change.email = "maria@example.com"
        _ = try await processors.premium(change)
        let published = try #require(processors.sns.published.first)
        #expect(published.topicARN == "arn:premium")
        #expect(published.messageAttributes == ["eventID": "event-1"])
        #expect(
            published.message
                == #"{"orderId":"ORD-1","amount":1234567890123456.123456789,"currency":"EUR","customerId":"U-1","#
                + #""eventID":"event-1","shippedAt":"2025-05-03T12:00:05Z"}"#
        )
    }

    @Test func `a notification carries the trace of its invocation on`() async throws {
        let processors = ProcessorsUnderTest()
        let header = "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1"
        let trace = TraceContext(ofInvocation: header)
        _ = try await TraceContext.$current.withValue(trace) { try await processors.premium(StreamChange(1)) }
        let parent = "00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01"
        #expect(processors.sns.published.first?.messageAttributes == ["eventID": "event-1", "traceparent": parent])
    }

    @Test func `the sample was shipped when the message said so`() async throws {
        let processors = ProcessorsUnderTest()
        _ = try await processors.handle(.premium, sampleEvent("pipe-premium-transition"))
        let message = try #require(processors.sns.published.first?.message)
        let members = try #require(JSONSerialization.jsonObject(with: Data(message.utf8)) as? [String: Any])
        #expect(Set(members.keys) == ["orderId", "amount", "currency", "customerId", "eventID", "shippedAt"])
        let event = try JSONSerialization.jsonObject(with: Data(sampleEvent("pipe-premium-transition")))
        let record = try #require((event as? [[String: Any]])?.first)
        #expect(members["eventID"] as? String == record["eventID"] as? String)
        let image = (record["dynamodb"] as? [String: Any])?["NewImage"] as? [String: [String: Any]]
        let versions = image?["versions"]?["M"] as? [String: [String: String]]
        #expect(members["shippedAt"] as? String == versions?["status"]?["S"])
    }

    @Test func `the answer names the orders in the batch's order, whichever was published first`() async throws {
        let isSecondRequestMade = Mutex(false)
        let processors = ProcessorsUnderTest { _, input in
            if input.messageAttributes["eventID"] == "event-11" { return isSecondRequestMade.withLock { $0 = true } }
            guard input.messageAttributes["eventID"] == "event-1" else { return }
            while !isSecondRequestMade.withLock({ $0 }) { await Task.yield() }
        }
        let changes = (1...12).map { StreamChange($0) }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event(changes))
        #expect(answer.premiumOrdersProcessed == (1...12).map { "ORD-\($0)" })
        #expect(processors.sns.published.count == 12)
        #expect(processors.faults.count(of: "SNS.PublishBatch") == 2, "ten in a request")
    }

    @Test func `what SNS refuses of a request does not fail the rest of it`() async throws {
        let processors = ProcessorsUnderTest()
        processors.sns.refuse { $0.messageAttributes["eventID"] == "event-2" ? Self.refusal : nil }
        let answer = try await processors.premium(StreamChange(1), StreamChange(2), StreamChange(3))
        #expect(answer.failed == ["event-2"])
        #expect(answer.premiumOrdersProcessed == ["ORD-1", "ORD-3"])
        #expect(processors.faults.calls.count == 1, "a refusal is not repeated")
    }

    @Test func `what SNS cannot take now is sent again, without the rest`() async throws {
        let processors = ProcessorsUnderTest()
        let refusals = Mutex(2)
        processors.sns.refuse { entry in
            guard entry.messageAttributes["eventID"] == "event-2" else { return nil }
            return refusals.withLock { left in
                left -= 1
                return left >= 0 ? .throttled("SNS.PublishBatch") : nil
            }
        }
        let answer = try await processors.premium(StreamChange(1), StreamChange(2), StreamChange(3))
        #expect(answer.failed == [])
        #expect(
            processors.sns.published.compactMap { $0.messageAttributes["eventID"] } == [
                "event-1", "event-3", "event-2",
            ]
        )
        #expect(processors.faults.calls.count == 3 && processors.time.sleeps.count == 2)
    }

    @Test func `a request that is refused for one of its entries does not fail the others`() async throws {
        let processors = ProcessorsUnderTest()
        // Four together, the first two, the first alone: SNS takes all that the first is not in.
        processors.faults.plan { [0, 1, 2].contains($0.index) ? .before(Self.refusal) : .none }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event((1...4).map { StreamChange($0) }))
        #expect(answer.failed == ["event-1"])
        #expect(answer.premiumOrdersProcessed == ["ORD-2", "ORD-3", "ORD-4"])
        #expect(processors.faults.calls.count == 5)
    }

    @Test(arguments: ["KMSThrottling", "Throttled", "ThrottlingException"])
    func `a throttled request is sent again whole, after a wait`(code: String) async throws {
        let processors = ProcessorsUnderTest()
        let throttled = AWSError(
            code: .init(rawValue: code),
            message: "",
            operation: "SNS.PublishBatch",
            statusCode: 400
        )
        processors.faults.plan { $0.index < 2 ? .before(throttled) : .none }
        let changes = (1...4).map { StreamChange($0) }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event(changes))
        #expect(answer.failed == [])
        #expect(processors.faults.calls.count == 3)
        #expect(processors.time.sleeps.count == 2)
    }

    @Test(arguments: ["KMSDisabled", "KMSInvalidState", "KMSNotFound", "KMSAccessDenied", "ExpiredToken", "NotFound"])
    func `a request that is refused for what is not in it is not sent in halves`(code: String) async throws {
        let processors = ProcessorsUnderTest()
        let refused = AWSError(code: .init(rawValue: code), message: "", operation: "SNS.PublishBatch", statusCode: 400)
        processors.faults.plan { _ in .before(refused) }
        let changes = (1...4).map { StreamChange($0) }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event(changes))
        #expect(answer.failed.count == 4)
        #expect(processors.faults.calls.count == 1)
    }

    @Test func `a caller who may not publish is told so once`() async throws {
        let processors = ProcessorsUnderTest()
        let denied = AWSError(code: .accessDenied, message: "", operation: "SNS.PublishBatch", statusCode: 403)
        processors.faults.plan { _ in .before(denied) }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event((1...4).map { StreamChange($0) }))
        #expect(answer.failed.count == 4)
        #expect(processors.faults.calls.count == 1)
    }

    @Test func `notifications that are too much together go in several requests`() async throws {
        let processors = ProcessorsUnderTest()
        let code = AWSError.Code(rawValue: "BatchRequestTooLong")
        let tooLong = AWSError(code: code, message: "", operation: "SNS.PublishBatch", statusCode: 400)
        processors.faults.plan { $0.index < 2 ? .before(tooLong) : .none }
        let changes = (1...5).map { StreamChange($0) }
        let answer = try await processors.handle(.premium, StreamDelivery.pipe.event(changes))
        #expect(answer.premiumOrdersProcessed == (1...5).map { "ORD-\($0)" })
        #expect(processors.sns.published.count == 5)
        #expect(processors.faults.calls.count == 5, "five, then two, one and one, then three")
    }

    @Test(arguments: [
        (StreamDelivery.pipe, ["event-1"]), (.eventSourceMapping, ["100001"]), (.single, ["event-1"]),
    ])
    func `a failure is reported by the id that its deliverer knows`(
        delivery: StreamDelivery,
        failed: [String]
    ) async throws {
        let processors = ProcessorsUnderTest()
        processors.faults.plan { _ in .before(Self.refusal) }
        let answer = try await processors.handle(.premium, delivery.event([StreamChange(1)]))
        #expect(answer.failed == failed)
        #expect(answer.premiumOrdersProcessed == [])
        #expect(processors.faults.calls.count == 1, "a refusal is not repeated")
    }

    @Test func `one that fails does not keep its neighbours`() async throws {
        let processors = ProcessorsUnderTest()
        let time = processors.time
        processors.sns.refuse { entry in
            guard entry.messageAttributes["eventID"] == "event-2" else { return nil }
            // The time is up before the throttling is over.
            time.advance(by: .seconds(60))
            return .throttled("SNS.PublishBatch")
        }
        let changes = (1...3).map { StreamChange($0) }
        let event = try StreamDelivery.pipe.event(changes)
        let answer = try await processors.handle(.premium, event, deadline: .seconds(30))
        #expect(answer.failed == ["event-2"])
        #expect(answer.premiumOrdersProcessed == ["ORD-1", "ORD-3"])
        #expect(processors.sns.published.compactMap { $0.messageAttributes["eventID"] } == ["event-1", "event-3"])
    }

    @Test func `a record without an id fails the batch when it fails`() async throws {
        let processors = ProcessorsUnderTest()
        processors.faults.plan { _ in .before(Self.refusal) }
        var change = StreamChange(1)
        change.eventID = nil
        let event = try StreamDelivery.pipe.event([change])
        await #expect { try await processors.handle(.premium, event) } throws: { error in
            (error as? EventError)?.code == .unreportable
        }
        processors.faults.plan()
        #expect(try await processors.handle(.premium, event).premiumOrdersProcessed == ["ORD-1"])
        #expect(processors.sns.published.last?.messageAttributes == [:])
    }

    @Test func `near the deadline it stops, reports the unfinished and keeps the finished`() async throws {
        let processors = ProcessorsUnderTest { time, _ in time.advance(by: .milliseconds(300)) }
        let changes = (0..<60).map { StreamChange($0) }
        let event = try StreamDelivery.pipe.event(changes)
        let answer = try await processors.handle(.premium, event, deadline: .seconds(10))
        let published = Set(processors.sns.published.compactMap { $0.messageAttributes["eventID"] })
        #expect(published.isDisjoint(with: answer.failed))
        #expect(published.union(answer.failed) == Set(changes.compactMap(\.eventID)))
        #expect(!published.isEmpty && !answer.failed.isEmpty)
        #expect(answer.premiumOrdersProcessed?.count == published.count)
    }

    private static let refusal = AWSError(
        code: AWSError.Code(rawValue: "InvalidParameter"),
        message: "no",
        operation: "SNS.PublishBatch",
        statusCode: 400
    )
}
