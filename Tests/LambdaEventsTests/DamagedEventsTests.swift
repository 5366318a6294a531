import Foundation
import JSONText
import LambdaEvents
import Testing

/// Sample events with random damage: the readers never trap, and neighbours stay what they were.
@Suite struct DamagedEventsTests {
    @Test(arguments: UInt64(1)...10)
    func `no damage stops the readers`(seed: UInt64) throws {
        var state = seed
        func random(_ bound: Int) -> Int {
            // Knuth's MMIX generator; the high bits are the good ones.
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int((state >> 33) % UInt64(bound))
        }
        for name in try SampleEvents.names() {
            let original = try SampleEvents.bytes(name)
            guard original.count > 4 else { continue }
            for _ in 0..<5 {
                var bytes = original
                for _ in 0...random(3) {
                    let index = random(bytes.count)
                    let tokens = Array("{}[]:,\"\\0e.-tn \u{1}".utf8)
                    bytes[index] = tokens[random(tokens.count)]
                }
                self.readAll(bytes)
            }
        }
    }

    /// Everything a handler could ask for.
    private func readAll(_ bytes: [UInt8]) {
        for record in (try? KinesisEvent.read(bytes).records) ?? [] {
            guard let record = try? record.get() else { continue }
            _ = (record.eventID, record.shardID, record.partitionKey, record.streamName, record.json)
            _ = record.approximateArrivalTimestamp
            _ = try? record.data()
            #expect(SequenceNumber(record.sequenceNumber) != nil)
        }
        for record in (try? SQSEvent.read(bytes).records) ?? [] {
            guard let record = try? record.get() else { continue }
            _ = (record.messageID, record.message, record.sentTimestamp)
            #expect(!record.messageID.isEmpty)
        }
        for record in (try? DynamoDBEvent.read(bytes).records) ?? [] {
            guard let record = try? record.get() else { continue }
            _ = (record.eventID, record.itemIdentifier, record.approximateCreationDateTime)
            for image in [record.keys, record.newImage, record.oldImage] {
                // What is given as an image is an object, whatever is in it.
                guard let image else { continue }
                #expect(throws: Never.self) {
                    try JSONReader.read(image) {
                        try $0.readObject {
                            try $1.skip(); _ = $0
                        }
                    }
                }
            }
        }
    }

    @Test func `damage in one record leaves its neighbours alone`() throws {
        let text = String(decoding: try SampleEvents.bytes("kinesis-batch-with-poison-record"), as: UTF8.self)
        let expected = try KinesisEvent.read(Array(text.utf8)).records.map { try $0.get().data() }
        // The second record's members, each replaced by something else that is JSON.
        let parts = text.components(separatedBy: "\"kinesis\": {")
        #expect(parts.count == 4)
        for member in ["data", "sequenceNumber"] {
            var broken = parts
            broken[2] = parts[2].replacingOccurrences(of: "\"\(member)\": \"", with: "\"\(member)\": {}, \"x\": \"")
            let event = try KinesisEvent.read(Array(broken.joined(separator: "\"kinesis\": {").utf8))
            #expect(throws: RecordError.self) { try event.records[1].get() }
            #expect(try event.records[0].get().data() == expected[0])
            #expect(try event.records[2].get().data() == expected[2])
        }
    }
}
