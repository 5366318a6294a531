import AWSClient
import OrderFunctions
import Orders
import Platform
import Synchronization
import TestSupport
import Testing

@Suite struct IntakeBatchTests {
    private static func batch(_ ids: [String]) -> IntakeUnderTest.Request {
        .batch("[" + ids.map { #"{"OrderId":"\#($0)","TotalAmount":1}"# }.joined(separator: ",") + "]")
    }

    /// Refuses a record of the partition key so many times.
    private static func refusing(_ key: String, times: Int) -> @Sendable (KinesisPutRecord) -> Bool {
        let left = Mutex(times)
        return { record in
            record.partitionKey == key
                && left.withLock { left in
                    left -= 1
                    return left >= 0
                }
        }
    }

    /// Refuses a partition key's records of those places among all that come.
    private static func refusing(
        _ key: String,
        nth places: ClosedRange<Int>
    ) -> @Sendable (KinesisPutRecord) -> Bool {
        let count = Mutex(0)
        return { record in
            record.partitionKey == key
                && count.withLock { count in
                    count += 1
                    return places.contains(count)
                }
        }
    }

    @Test func `500 orders go into the stream by one request`() async throws {
        let intake = try IntakeUnderTest()
        let answer = try await intake.send(Self.batch((0..<500).map { "O-\($0)" }))
        #expect(answer.status == 202)
        #expect(intake.stream.requests.map(\.count) == [500])
        #expect(answer.body["accepted"] as? Int == 500)
        #expect(answer.orders.compactMap { $0["SequenceNumber"] as? String } == (1...500).map { "\($0)" })
    }

    @Test func `each order is answered for itself, and refused ones are not sent`() async throws {
        let intake = try IntakeUnderTest()
        let lines =
            "{\"OrderId\":\"a\",\"TotalAmount\":1}\n{\"TotalAmount\":-1}\n{\n{\"OrderId\":\"b\",\"TotalAmount\":2}"
        let answer = try await intake.send(.batch(lines, ["content-type": "application/x-ndjson"]))
        #expect(answer.status == 207)
        #expect(answer.statuses == [202, 422, 400, 202])
        #expect(intake.stream.stored.map(\.partitionKey) == ["a", "b"])
        #expect(answer.body["accepted"] as? Int == 2)
        #expect(answer.body["refused"] as? Int == 2)
        let errors = answer.orders[1]["errors"] as? [[String: String]]
        #expect(errors?.map { $0["pointer"] } == ["/1/TotalAmount"])
        let correlation = Set(intake.events.map { $0["CorrelationId"] as? String })
        #expect(correlation == [answer["CorrelationId"]])
    }

    @Test func `only what the stream refused is sent again, and orders of one id stay in their order`() async throws {
        let intake = try IntakeUnderTest(refuses: Self.refusing("b", times: 2))
        let answer = try await intake.send(Self.batch(["a", "b", "c", "b", "d"]))
        #expect(answer.status == 202)
        #expect(intake.stream.requests.map { $0.map(\.partitionKey) } == [["a", "b", "c", "d"], ["b"], ["b"], ["b"]])
        let ids = answer.orders.compactMap { $0["MessageId"] as? String }
        let stored = intake.events.compactMap { $0["MessageId"] as? String }
        #expect(stored == [ids[0], ids[2], ids[4], ids[1], ids[3]])
        #expect(intake.time.sleeps.count == 2)
    }

    @Test func `a stream that stays throttled is told so, with when to come again`() async throws {
        let intake = try IntakeUnderTest { _ in true }
        let single = try await intake.send(.order(#"{"TotalAmount":1}"#))
        #expect(single.status == 429)
        #expect(single.headers["retry-after"] == "1")
        #expect(single.headers["content-type"] == "application/problem+json")
        #expect(intake.stream.requests.count == 6)
        let batch = try await intake.send(Self.batch(["a", "b"]))
        #expect(batch.status == 429)
        #expect(batch.headers["retry-after"] == "1")
        #expect(batch.statuses == [429, 429])
    }

    @Test func `what goes in is told apart from what does not, and nothing goes in behind it`() async throws {
        let intake = try IntakeUnderTest(refuses: Self.refusing("b", times: .max))
        let answer = try await intake.send(Self.batch(["a", "b", "b"]))
        #expect(answer.status == 207)
        #expect(answer.headers["retry-after"] == "1")
        // The third was not sent, since the second is not in the stream.
        #expect(answer.statuses == [202, 429, 429])
        #expect(intake.stream.stored.map(\.partitionKey) == ["a"])
    }

    @Test func `what stood behind a throttled order is throttled, so that the whole batch is`() async throws {
        let intake = try IntakeUnderTest { _ in true }
        let answer = try await intake.send(Self.batch(["b", "b", "b"]))
        #expect(answer.status == 429)
        #expect(answer.statuses == [429, 429, 429])
        #expect(intake.log.text.contains(#""level":"WARN""#) && !intake.log.text.contains(#""level":"ERROR""#))
    }

    @Test func `refusals are counted for each order, and requests that went well are not`() async throws {
        let intake = try IntakeUnderTest(refuses: Self.refusing("a", nth: 10...14))
        let answer = try await intake.send(Self.batch(Array(repeating: "a", count: 12)))
        #expect(answer.status == 202)
        #expect(intake.stream.requests.count == 17)
    }

    @Test func `an order that is refused for good does not keep those of other ids out`() async throws {
        let intake = try IntakeUnderTest(refuses: Self.refusing("a", times: .max))
        let answer = try await intake.send(Self.batch(["a"] + Array(repeating: "b", count: 10)))
        #expect(answer.statuses == [429] + Array(repeating: 202, count: 10))
    }

    @Test func `no attempt begins when the time is up`() async throws {
        let intake = try IntakeUnderTest { _ in true }
        let start = intake.time.now
        let answer = try await intake.send(.order(#"{"TotalAmount":1}"#), timeLeft: .milliseconds(320))
        #expect(answer.status == 429)
        #expect(intake.stream.requests.count < 6)
        #expect(intake.time.now <= start + .milliseconds(320))
    }

    // MARK: A stream that fails as a whole

    private struct FailingKinesis: KinesisWriting {
        let error: AWSError

        func putRecords(
            streamName: String,
            records: [KinesisPutRecord],
            deadline: UTCInstant?
        ) async throws(AWSError) -> [KinesisPutResult] {
            throw self.error
        }
    }

    @Test(
        arguments: [
            ("AccessDeniedException", 400, 503), ("InternalFailure", 500, 503), ("ConnectionLost", nil, 503),
            ("ThrottlingException", 400, 429), ("ProvisionedThroughputExceededException", 400, 429),
        ] as [(String, Int?, Int)]
    )
    func `a failure of the stream is a 503, and throttling a 429`(code: String, http: Int?, status: Int) async throws {
        let error = AWSError(
            code: AWSError.Code(rawValue: code),
            message: "",
            operation: "Kinesis.PutRecords",
            statusCode: http
        )
        let intake = try IntakeUnderTest(through: FailingKinesis(error: error))
        let answer = try await intake.send(.order(#"{"TotalAmount":1}"#))
        #expect(answer.status == status)
        #expect(answer.headers["retry-after"] == "1")
        #expect(answer.headers["x-correlation-id"] != nil)
        #expect(answer["detail"]?.contains("same Idempotency-Key") == false)
        let keyed = try await intake.send(.order(#"{"TotalAmount":1}"#, ["idempotency-key": "k"]))
        #expect(keyed["detail"]?.contains("same Idempotency-Key") == true)
        #expect(intake.log.text.contains(code))
    }

    /// A 429 says that the order was not taken: without a key its client would send a second one.
    @Test func `throttling behind an attempt whose answer was lost is a 503`() async throws {
        let error = AWSError(
            code: AWSError.Code(rawValue: "ThrottlingException"),
            message: "",
            operation: "Kinesis.PutRecords",
            statusCode: 400,
            mayHaveBeenApplied: true
        )
        let intake = try IntakeUnderTest(through: FailingKinesis(error: error))
        #expect(try await intake.send(.order(#"{"TotalAmount":1}"#)).status == 503)
    }

    /// Fails the first time, and takes no more then.
    private final class BusyKinesis: KinesisWriting {
        private let requests = Mutex(0)

        func putRecords(
            streamName: String,
            records: [KinesisPutRecord],
            deadline: UTCInstant?
        ) async throws(AWSError) -> [KinesisPutResult] {
            let isFirst = self.requests.withLock { requests in
                requests += 1
                return requests == 1
            }
            let code = isFirst ? "InternalFailure" : "ProvisionedThroughputExceededException"
            return records.map { _ in .failed(errorCode: code, message: "") }
        }
    }

    @Test func `throttling behind an internal failure of the record is a 503`() async throws {
        let intake = try IntakeUnderTest(through: BusyKinesis())
        #expect(try await intake.send(.order(#"{"TotalAmount":1}"#)).status == 503)
    }

    private struct RefusingKinesis: KinesisWriting {
        func putRecords(
            streamName: String,
            records: [KinesisPutRecord],
            deadline: UTCInstant?
        ) async throws(AWSError) -> [KinesisPutResult] {
            records.map { record in
                .failed(errorCode: "ThrottlingException", message: "", mayBeStored: record.partitionKey == "a")
            }
        }
    }

    @Test func `an order that is refused behind an attempt whose answer was lost is a 503`() async throws {
        let intake = try IntakeUnderTest(through: RefusingKinesis())
        #expect(try await intake.send(Self.batch(["a", "b", "a"])).statuses == [503, 429, 503])
    }
}
