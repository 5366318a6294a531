internal import AWSClient
internal import Foundation
internal import JSONText
internal import LambdaEvents
internal import TestSupport
internal import Testing

@Suite struct KinesisAggregateTests {
    private static func read(_ bytes: [UInt8]) throws(KinesisAggregate.Damage) -> [KinesisAggregate.UserRecord] {
        try KinesisAggregate(bytes, md5: { Digest.md5($0) }).records
    }

    private static func damage(_ bytes: [UInt8]) -> KinesisAggregate.Damage? {
        do {
            _ = try self.read(bytes)
            return nil
        } catch {
            return error
        }
    }

    @Test func `an aggregate is taken apart in its order, each record with its own key`() throws {
        var encoder = KinesisAggregateEncoder()
        for (key, data) in [("a", [1]), ("b", []), ("a", [2, 3])] as [(String, [UInt8])] { encoder.add(key, data) }
        let records = try Self.read(encoder.bytes)
        #expect(records.map(\.subSequenceNumber) == [0, 1, 2])
        #expect(records.map(\.partitionKey) == ["a", "b", "a"])
        #expect(records.map { Array($0.data) } == [[1], [], [2, 3]])
        #expect(KinesisAggregate.isAggregate(encoder.bytes))
        #expect(!KinesisAggregate.isAggregate(Array("{}".utf8)) && !KinesisAggregate.isAggregate([0xF3, 0x89, 0x9A]))
    }

    @Test func `fields of any order, repeated fields and fields of later formats are read as protobuf says`() throws {
        let key = KinesisAggregateEncoder.field(1, Array("key".utf8))
        let hashKey = KinesisAggregateEncoder.field(2, Array("123".utf8))
        let tag = KinesisAggregateEncoder.field(4, [1, 2])
        // The index of an explicit hash key, a tag, a number of 64 bits; and the data twice, of which the last one counts.
        let record: [UInt8] =
            [0x10, 0x00] + tag + [0x29] + Array(repeating: 9, count: 8)
            + KinesisAggregateEncoder.field(3, [7]) + [0x08, 0x00] + KinesisAggregateEncoder.field(3, [8])
        let message = KinesisAggregateEncoder.field(3, record) + hashKey + [0x2D, 1, 2, 3, 4, 0x30, 0x96, 0x01] + key
        let records = try Self.read(KinesisAggregateEncoder.seal(message))
        #expect(records.map { Array($0.data) } == [[8]] && records.first?.partitionKey == "key")
    }

    @Test func `what is damaged is refused, and says how`() throws {
        var encoder = KinesisAggregateEncoder()
        encoder.add("key", Array("{}".utf8))
        let bytes = encoder.bytes
        for index in bytes.indices.dropFirst(4) {
            var changed = bytes
            changed[index] ^= 0x40
            #expect(Self.damage(changed) == .wrongDigest, "byte \(index)")
        }
        for count in 4..<bytes.count {
            #expect(Self.damage(Array(bytes.prefix(count))) == (count < 20 ? .tooShort : .wrongDigest))
        }
        for count in 1..<encoder.message.count where count != 5 {
            let cut = KinesisAggregateEncoder.seal(Array(encoder.message.prefix(count)))
            #expect(Self.damage(cut) == .malformed, "\(count) bytes")
        }
        #expect(Self.damage(KinesisAggregateEncoder.seal([])) == .empty)
        #expect(Self.damage(KinesisAggregateEncoder.seal(KinesisAggregateEncoder.field(1, [0x61]))) == .empty)
    }

    @Test(
        arguments: [
            // Field 0; a group; a varint without end; one of more than 64 bits; a length behind the end.
            [0x02, 0x00], [0x0B, 0x0C], Array(repeating: 0xFF, count: 11),
            [0x18, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x02],
            [0x1A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01],
            // Records without data and without a key.
            [0x1A, 0x02, 0x08, 0x00], [0x1A, 0x03, 0x1A, 0x01, 0x61],
        ] as [[UInt8]]
    )
    func `a message that is no protobuf of this kind is malformed`(message: [UInt8]) {
        #expect(Self.damage(KinesisAggregateEncoder.seal(message)) == .malformed)
    }

    @Test func `keys that Kinesis would not take are refused`() {
        for key in ["", String(repeating: "é", count: 257)] {
            var encoder = KinesisAggregateEncoder()
            encoder.add(key, [1])
            #expect(Self.damage(encoder.bytes) == .invalidKey)
        }
        var longest = KinesisAggregateEncoder()
        longest.add(String(repeating: "é", count: 256), [1])
        #expect(Self.damage(longest.bytes) == nil)
        for place in [1, UInt64.max] {
            var encoder = KinesisAggregateEncoder()
            encoder.keys = ["key"]
            encoder.records = [(place, [1])]
            #expect(Self.damage(encoder.bytes) == .invalidKey)
        }
        let invalid = KinesisAggregateEncoder.field(1, [0xFF]) + KinesisAggregateEncoder.field(3, [8, 0, 0x1A, 0])
        #expect(Self.damage(KinesisAggregateEncoder.seal(invalid)) == .invalidKey)
    }

    @Test func `thousands of records of a few bytes, which would become gigabytes of lines, are refused`() {
        for (count, length, damage) in [(1_000, 0, nil), (1_001, 15, .tooMany), (20_000, 16, nil)]
            as [(Int, Int, KinesisAggregate.Damage?)]
        {
            var encoder = KinesisAggregateEncoder()
            encoder.keys = ["key"]
            encoder.records = Array(repeating: (0, Array(repeating: 1, count: length)), count: count)
            #expect(Self.damage(encoder.bytes) == damage, "\(count) of \(length) bytes")
        }
    }

    @Test func `random bytes behind the magic hurt nobody`() {
        var generator = SeededGenerator(seed: 12)
        for _ in 0..<20_000 {
            let count = Int.random(in: 0...60, using: &generator)
            let message = (0..<count).map { _ in
                Bool.random(using: &generator)
                    ? UInt8.random(in: 0...255, using: &generator) : [0x0A, 0x1A, 0x08, 1][count % 4]
            }
            _ = Self.damage(KinesisAggregateEncoder.seal(message))
        }
    }
}

/// Random aggregates of AWS's own library, taken apart by it and by us.
@Suite(
    .enabled(
        if: PythonInterpreter.withKinesisAggregation != nil,
        "SKIPPED, NOT TESTED: aggregates against aws-kinesis-agg, which .local/venv does not have (scripts/setup)"
    )
)
struct KinesisAggregateOracleTests {
    private struct Answer: Decodable {
        struct Part: Decodable, Equatable {
            let key: String
            let subSequenceNumber: Int
            let data: String

            init(key: String, subSequenceNumber: Int, data: String) {
                (self.key, self.subSequenceNumber, self.data) = (key, subSequenceNumber, data)
            }

            init(from decoder: any Decoder) throws {
                var values = try decoder.unkeyedContainer()
                self.key = try values.decode(String.self)
                self.subSequenceNumber = try values.decode(Int.self)
                self.data = try values.decode(String.self)
            }
        }

        let bytes: String
        let records: [Part]
    }

    @Test func `reads what aws-kinesis-agg writes as it reads it, and writes the same`() throws {
        let seed = UInt64(ProcessInfo.processInfo.environment["TEST_SEED"] ?? "") ?? .random(in: 0...UInt64.max)
        var generator = SeededGenerator(seed: seed)
        let aggregates = (0..<200).map { _ in
            (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                (
                    key: ["a", "order-17", "é鍵", String(repeating: "k", count: 256)].randomElement(using: &generator)
                        ?? "",
                    data: (0..<Int.random(in: 0...300, using: &generator)).map { _ in
                        UInt8.random(in: 0...255, using: &generator)
                    },
                    hashKey: Bool.random(using: &generator) ? "340282366920938463463374607431768211455" : nil
                )
            }
        }
        let input = aggregates.map { records in
            records.map { [$0.key, Base64.encode($0.data), $0.hashKey ?? NSNull()] as [Any] }
        }
        let json = try JSONSerialization.data(withJSONObject: input)
        let python = try #require(PythonInterpreter.withKinesisAggregation)
        let output = try python.run("aggregate_records.py", input: String(decoding: json, as: UTF8.self))
        let answers = try JSONDecoder().decode([Answer].self, from: Data(output.utf8))
        #expect(answers.count == aggregates.count)
        for (records, answer) in zip(aggregates, answers) {
            let bytes = try #require(Base64.decode(Array(answer.bytes.utf8)))
            let own = try KinesisAggregate(bytes, md5: { Digest.md5($0) }).records.map { record in
                Answer.Part(
                    key: record.partitionKey,
                    subSequenceNumber: record.subSequenceNumber,
                    data: Base64.encode(record.data)
                )
            }
            #expect(own == answer.records, "TEST_SEED=\(seed)")
            guard records.allSatisfy({ $0.hashKey == nil }) else { continue }
            var encoder = KinesisAggregateEncoder()
            for record in records { encoder.add(record.key, record.data) }
            #expect(encoder.bytes == bytes, "TEST_SEED=\(seed): the encoder of the other tests")
        }
    }
}
