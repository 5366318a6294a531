import AWSClient
import Foundation
import LambdaRuntime
import OrderFunctions
import Orders
import Platform
import TestSupport
import Testing

/// The real processors in front of an in-memory topic, queue and bucket.
struct ProcessorsUnderTest {
    enum Function: String, CaseIterable {
        case normal = "NormalOrdersProcessor"
        case premium = "PremiumOrdersProcessor"
    }

    let faults = FaultInjector()
    let sns: RecordingSNS
    let sqs: RecordingSQS
    let s3: InMemoryS3
    let time = ManualTime()
    let log = CapturedLog()

    init(beforePublishing: @escaping @Sendable (ManualTime, PublishInput) async -> Void = { _, _ in }) {
        let time = self.time
        self.sns = RecordingSNS(faults: self.faults) { await beforePublishing(time, $0) }
        self.sqs = RecordingSQS(faults: self.faults)
        self.s3 = InMemoryS3(faults: self.faults)
    }

    func handle(_ function: Function, _ event: [UInt8], deadline: Duration? = nil) async throws -> Answer {
        let context = self.log.context(deadline: deadline.map { self.time.now + $0 })
        return try Answer(try await self.handler(function).handle(event, context: context))
    }

    /// The premium processor's answer to a Pipe's batch.
    func premium(_ changes: StreamChange..., deadline: Duration? = nil) async throws -> Answer {
        try await self.handle(.premium, StreamDelivery.pipe.event(changes), deadline: deadline)
    }

    /// What was logged.
    var logged: String { self.log.text }

    /// The dead letters, read by a JSON decoder that is not ours, without their format.
    func deadLetters() throws -> [[String: String]] {
        try self.sqs.sent.map { message in
            let letter = try JSONSerialization.jsonObject(with: Data(message.messageBody.utf8))
            var members = try #require(letter as? [String: Any])
            #expect(members.removeValue(forKey: "format") as? Int == 1)
            return try #require(members as? [String: String])
        }
    }

    private func handler(_ function: Function) throws -> any LambdaHandler {
        let bands = AmountBands(
            normalMinimum: try #require(AmountThreshold("100")),
            premiumMinimum: try #require(AmountThreshold("1000"))
        )
        let rules = OrderRules(
            bands: try #require(bands),
            testDomains: try #require(TestDomains("test.com"))
        )
        let deadLetters = DeadLetterQueue(
            function: function.rawValue,
            queueURL: "https://queue.example/dlq",
            archiveBucket: "archive",
            sqs: self.sqs,
            s3: self.s3
        )
        let retry = TransientRetry(time: self.time, random: SeededRandom(seed: 1))
        switch function {
        case .normal:
            return NormalOrdersProcessor(rules: rules, deadLetters: deadLetters, time: self.time, retry: retry)
        case .premium:
            return PremiumOrdersProcessor(
                rules: rules,
                topicARN: "arn:premium",
                sns: self.sns,
                deadLetters: deadLetters,
                time: self.time,
                retry: retry
            )
        }
    }
}
