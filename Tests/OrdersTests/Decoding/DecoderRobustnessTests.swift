import Orders
import Platform
import TestSupport
import Testing

/// No input may trap: a bootstrap that dies takes the whole batch with it.
@Suite struct DecoderRobustnessTests {
    private static let message =
        #"{"orderId":"O\u00e9","timestamp":"2025-05-03T12:00:00Z","amount":1.5e1,"quantity":3,"currency":"EUR"}"#
    private static let image =
        #"{"orderId":{"S":"O"},"amount":{"N":"12.5"},"versions":{"M":{"status":{"S":"2025-05-03T12:00:00Z"}}},"x":{"L":[{"S":"a"}]}}"#

    private func decodeAll(_ bytes: [UInt8]) -> Int {
        let decoder = OrderRecordDecoder(sha1: testSHA1)
        var orders = 0
        if case .order = decoder.decode(
            bytes,
            eventID: "s:1",
            arrival: Timestamp(UTCInstant(secondsSince1970: 1_756_318_090))
        ) {
            orders += 1
        }
        if (try? OrderUpdate(message: bytes)) != nil { orders += 1 }
        if (try? orderImage(bytes)) != nil { orders += 1 }
        return orders
    }

    @Test(arguments: [OrderRecordTests.event, Self.message, Self.image])
    func `every proper prefix is refused`(text: String) {
        let bytes = Array(text.utf8)
        for count in 0..<bytes.count { #expect(self.decodeAll(Array(bytes[..<count])) == 0) }
        #expect(self.decodeAll(bytes) == 1)
    }

    @Test(arguments: UInt64(0)..<20)
    func `mutated and random bytes never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for text in [OrderRecordTests.event, Self.message, Self.image] {
            for _ in 0..<150 {
                var bytes = Array(text.utf8)
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    let index = Int.random(in: 0..<bytes.count, using: &random)
                    switch Int.random(in: 0...3, using: &random) {
                    case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
                    case 1: bytes.remove(at: index)
                    case 2: bytes.insert(contentsOf: Array("\\\"{}[]:,0-e.".utf8).shuffled(using: &random), at: index)
                    default: bytes.swapAt(index, Int.random(in: 0..<bytes.count, using: &random))
                    }
                }
                #expect(self.decodeAll(bytes) <= 1)
            }
        }
        for _ in 0..<200 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in
                UInt8.random(in: 0...255, using: &random)
            }
            #expect(self.decodeAll(bytes) == 0)
        }
    }

    @Test(arguments: UInt64(0)..<10)
    func `random numbers and times never trap`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let alphabet = Array("0123456789.eE+-TZ:,")
        for _ in 0..<2_000 {
            let text = String(
                (0..<Int.random(in: 0...45, using: &random)).compactMap { _ in alphabet.randomElement(using: &random) }
            )
            if let money = Money(text) { #expect(Money(money.text) == money) }
            if let time = Timestamp(text) { #expect(Timestamp(time.text) == time) }
        }
    }
}
