import AWSClient
import LambdaEvents
import OrderFunctions
import Orders
import TestSupport
import Testing

@Suite struct OrderArchiverTests {
    @Test func writesOneObjectPerBatchNamedByItsFirstRecord() async throws {
        let fixture = try ArchiverFixture()
        let records = [StreamedRecord(1, #"{"customer_id":"12345","amount":250.00}"#), StreamedRecord(2, "[1]")]
        #expect(try await fixture.deliver(records).isEmpty)
        let name = "shardId-000000000000-\(records[0].sequenceNumber).ndjson.gz"
        let object = try #require(fixture.s3.contents["orders/dt=2025-08-27/hour=18/" + name])
        #expect(fixture.s3.contents.count == 1)
        #expect(object.ifNoneMatch)
        #expect(object.metadata == ["last-sequence-number": records[1].sequenceNumber])
        #expect(try fixture.lines() == ["{\"customer_id\":\"12345\",\"amount\":250.00}\n", "[1]\n"])
        #expect(fixture.checkpoint() == SequenceNumber(records[1].sequenceNumber)?.padded)
    }

    @Test func aShortRecordDeliveredTwiceIsOneOrderAndOneArchivedRecord() async throws {
        let fixture = try ArchiverFixture()
        let record = StreamedRecord(1, #"{"customer_id":"12345","amount":250.00}"#)
        for _ in 0..<2 { #expect(try await fixture.deliver([record]).isEmpty) }
        #expect(try fixture.lines().count == 1)
        let orders = fixture.dynamoDB.items(of: "Orders")
        #expect(orders.count == 1)
        #expect(orders.first?["amount"] == .n("250"))
        #expect(orders.first?["userId"] == .s("12345"))
        #expect(orders.first?["amountBand"] == .s("GT100"))
        #expect(orders.first?["status"] == nil)
        #expect(try fixture.logs.lastLine()["duplicates"] == "1")
    }

    @Test func gzipOfTheSameBytesIsTheSame() async throws {
        let bodies = try await (0..<2).asyncMap { _ in
            let fixture = try ArchiverFixture()
            try await fixture.deliver([StreamedRecord(1, orderEvent("M1"))])
            return try #require(fixture.s3.contents.first?.value.body)
        }
        #expect(bodies[0] == bodies[1])
        #expect(Array(bodies[0][3..<8]) == [0, 0, 0, 0, 0])  // no name, time zero (RFC 1952, 2.3)
    }

    @Test(
        arguments: [
            ("{\n \"a\" : 1\r\n}", "{ \"a\" : 1}\n"), ("{\"a\":\"x\\ny\"}", "{\"a\":\"x\\ny\"}\n"),
            ("not JSON", "{\"unparsed\":\"bm90IEpTT04=\"}\n"), ("{} {}", "{\"unparsed\":\"e30ge30=\"}\n"),
            ("", "{\"unparsed\":\"\"}\n"), (" 1.50 ", " 1.50 \n"),
        ]
    )
    func aPayloadIsOneLineByteForByteOrUnparsed(payload: String, line: String) async throws {
        let fixture = try ArchiverFixture()
        #expect(try await fixture.deliver([StreamedRecord(1, payload)]).isEmpty)
        #expect(try fixture.lines() == [line])
    }

    @Test func aBatchThatFailsIsReportedWholeAndArchivedOnceWhenItComesAgain() async throws {
        let fixture = try ArchiverFixture()
        let records = (1...5).map { StreamedRecord($0, orderEvent("M\($0)")) }
        let denied = AWSError(code: .accessDenied, message: "no", operation: "S3.PutObject")
        fixture.faults.plan { $0.operation == "S3.PutObject" ? .before(denied) : .none }
        #expect(try await fixture.deliver(records) == [records[0].sequenceNumber])
        #expect(fixture.checkpoint() == nil)
        fixture.faults.plan()
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(try fixture.lines().count == 5)
    }

    @Test func anObjectThatSomebodyElseWroteIsNeitherOverwrittenNorTakenForOurs() async throws {
        let fixture = try ArchiverFixture()
        let record = StreamedRecord(1, "{}")
        let key = "orders/dt=2025-08-27/hour=18/shardId-000000000000-\(record.sequenceNumber).ndjson.gz"
        fixture.s3.seed(PutObjectInput(bucket: "archive", key: key, body: [1]))
        #expect(try await fixture.deliver([record]) == [record.sequenceNumber])
        #expect(fixture.s3.contents[key]?.body == [1])
        #expect(fixture.checkpoint() == nil)
    }

    @Test func nearTheDeadlineTheBatchIsReportedAndNothingIsArchived() async throws {
        let fixture = try ArchiverFixture()
        let time = fixture.time
        let records = (1...3).map { StreamedRecord($0, orderEvent("M\($0)")) }
        fixture.faults.plan { _ in
            time.advance(by: .seconds(30))
            return .none
        }
        #expect(try await fixture.deliver(records, timeLeft: .seconds(20)) == [records[0].sequenceNumber])
        #expect(fixture.s3.contents.isEmpty)
        fixture.faults.plan()
        #expect(try await fixture.deliver(records).isEmpty)
        #expect(try fixture.lines().count == 3)
    }
}

extension Sequence {
    fileprivate func asyncMap<Value>(_ transform: (Element) async throws -> Value) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values.append(try await transform(element)) }
        return values
    }
}
