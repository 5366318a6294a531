import Foundation
import JSONText
import TestSupport
import Testing

/// Random documents.
///
/// Each failure names the seed that repeats it.
@Suite struct JSONPropertyTests {
    @Test(arguments: UInt64(1)...60)
    func `what is written is read again`(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let value = DocumentValue.random(depth: 5, using: &generator)
        var writer = JSONWriter()
        value.write(to: &writer)
        #expect(try DocumentValue.parse(writer.bytes) == value, "seed \(seed)")
        #expect(
            try JSONReader.read(writer.bytes) { reader in try reader.skip() } == writer.bytes.indices,
            "seed \(seed)"
        )
        // Foundation, which nobody here wrote, finds it to be JSON too.
        #expect(throws: Never.self, "seed \(seed)") {
            try JSONSerialization.jsonObject(with: Data(writer.bytes), options: .fragmentsAllowed)
        }
    }

    @Test(arguments: UInt64(100)...115)
    func `no proper prefix of a container is JSON`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var writer = JSONWriter()
        DocumentValue.array([.random(depth: 3, using: &generator)]).write(to: &writer)
        for length in writer.bytes.indices {
            #expect(throws: JSONError.self, "seed \(seed), length \(length)") {
                try JSONReader.read(writer.bytes[..<length]) { reader in try reader.skip() }
            }
        }
    }

    @Test(arguments: UInt64(200)...230)
    func `reading and skipping agree on damaged text`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var writer = JSONWriter()
        DocumentValue.random(depth: 4, using: &generator).write(to: &writer)
        for _ in 0..<200 {
            var bytes = writer.bytes
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let index = Int.random(in: bytes.indices, using: &generator)
                let structural = Array("{}[]:,\"\\0e.-tn \u{1}\u{80}".utf8)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[index] = structural[Int.random(in: structural.indices, using: &generator)]
                case 1: bytes[index] = UInt8.random(in: 0...255, using: &generator)
                default: bytes.insert(structural[Int.random(in: structural.indices, using: &generator)], at: index)
                }
            }
            let reading = JSONError.thrown { _ = try DocumentValue.parse(bytes) }
            let skipping = JSONError.thrown { try JSONReader.read(bytes) { reader in _ = try reader.skip() } }
            #expect(reading == skipping, "seed \(seed): \(Base64.encode(bytes))")
            // Foundation refuses numbers that no Double holds; here they are text.
            let text = String(decoding: bytes, as: UTF8.self)
            if reading == nil, text.range(of: #"[eE]\+?[0-9]{3}|[0-9]{30}"#, options: .regularExpression) == nil {
                #expect(throws: Never.self, "seed \(seed): \(Base64.encode(bytes))") {
                    try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
                }
            }
        }
    }
}
