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
    private let orderLog: String

    init(
        orderLog: String = "all",
        beforePublishing: @escaping @Sendable (ManualTime, RecordingSNS.Message) async -> Void = { _, _ in }
    ) {
        self.orderLog = orderLog
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
        let environment = Environment([
            "NORMAL_MINIMUM_AMOUNT": "100", "PREMIUM_MINIMUM_AMOUNT": "1000", "TEST_EMAIL_DOMAINS": "test.com",
            "DEAD_LETTER_QUEUE_URL": "https://queue.example/dlq", "ARCHIVE_BUCKET": "archive",
            "PREMIUM_TOPIC_ARN": "arn:premium", "ORDER_LOG": self.orderLog,
        ])
        let services = AWSServices.inMemory(s3: self.s3, sqs: self.sqs, sns: self.sns, time: self.time)
        return switch function {
        case .normal: try NormalOrdersProcessor(environment: environment, services: services)
        case .premium: try PremiumOrdersProcessor(environment: environment, services: services)
        }
    }
}

/// A change of an order, to be written as a record of the table's stream.
struct StreamChange {
    var eventID: String?
    var sequenceNumber: String?
    var eventName = "MODIFY"
    var orderID: String?
    var old: String? = "pending"
    var new: String? = "shipped"
    /// An attribute value: `{"N":"1500"}`.
    var amount: [String: String]? = ["N": "1500"]
    var email: String?
    var correlationID: String?
    /// Makes the record as large as a test wants it.
    var note: String?
    var hasNewImage = true

    /// The `number`-th change of a batch: a premium order that was shipped.
    init(_ number: Int) {
        self.eventID = "event-\(number)"
        self.sequenceNumber = "10000\(number)"
        self.orderID = "ORD-\(number)"
    }

    private func image(status: String?) -> [String: Any] {
        var image: [String: Any] = ["currency": ["S": "EUR"], "userId": ["S": "U-1"]]
        image["orderId"] = self.orderID.map { ["S": $0] }
        image["status"] = status.map { ["S": $0] }
        image["amount"] = self.amount
        image["customerEmail"] = self.email.map { ["S": $0] }
        image["correlationId"] = self.correlationID.map { ["S": $0] }
        image["note"] = self.note.map { ["S": $0] }
        return image
    }

    var json: [String: Any] {
        var dynamodb: [String: Any] = ["ApproximateCreationDateTime": 1_746_273_605]
        dynamodb["SequenceNumber"] = self.sequenceNumber
        if self.hasNewImage { dynamodb["NewImage"] = self.image(status: self.new) }
        if self.eventName != "INSERT" { dynamodb["OldImage"] = self.image(status: self.old) }
        var record: [String: Any] = [
            "eventName": self.eventName, "eventSource": "aws:dynamodb", "eventSourceARN": "arn:stream",
            "dynamodb": dynamodb,
        ]
        record["eventID"] = self.eventID
        return record
    }
}

/// Who delivers changes.
enum StreamDelivery: CaseIterable {
    case pipe, eventSourceMapping, single

    func event(_ changes: [StreamChange]) throws -> [UInt8] {
        let records = changes.map(\.json)
        let event: Any =
            switch self {
            case .pipe: records
            case .eventSourceMapping: ["Records": records]
            case .single: records[0]
            }
        return Array(
            try JSONSerialization.data(withJSONObject: event, options: [.sortedKeys, .withoutEscapingSlashes])
        )
    }
}
