import CPlainText
import JSONText
import TestSupport
import Testing

@Suite struct PlainTextTests {
    /// What a string may hold as it is.
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x80).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    @Test func `every byte is told at every place of sixteen`() {
        for byte in UInt8.min...UInt8.max {
            for place in 0..<16 {
                var text = [UInt8](repeating: UInt8(ascii: "a"), count: 16)
                text[place] = byte
                #expect(plain_text_prefix(text) == (Self.isPlain(byte) ? 16 : place), "\(byte) at \(place)")
            }
        }
    }

    @Test func `the first exception is found wherever it stands`() {
        for count in 0..<200 {
            let plain = [UInt8](repeating: UInt8(ascii: "~"), count: count)
            #expect(plain_text_end(plain, 0, count) == count)
            for place in 0..<count {
                var text = plain
                text[place] = [0x00, 0x1F, 0x22, 0x5C, 0x80, 0xFF][(count + place) % 6]
                if place + 7 < count { text[place + 7] = 0x22 }
                #expect(plain_text_end(text, 0, count) == place, "\(place) of \(count)")
                #expect(plain_text_end(text, min(place, 3), count) == place, "\(place) of \(count)")
            }
        }
    }
}

@Suite struct PlainTextWindowTests {
    private static func isPlain(_ byte: UInt8) -> Bool {
        (0x20..<0x80).contains(byte) && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
    }

    /// What a window says of each index in turn, against what the bytes say.
    private func check(_ text: [UInt8], indices: [Int], _ comment: Comment) {
        text.withUnsafeBufferPointer { text in
            guard let base = text.baseAddress else { return }
            var window = PlainTextWindow()
            for index in indices {
                let found = window.endOfPlainText(from: index, in: base, end: text.count)
                let expected = text[index...].firstIndex { !Self.isPlain($0) } ?? text.count
                #expect(found == expected, "from \(index), \(comment)")
            }
        }
    }

    @Test(arguments: [1, 2, 63, 64, 65, 127, 128, 129, 200, 300])
    func `finds every exception`(count: Int) {
        for place in 0..<count {
            var text = [UInt8](repeating: UInt8(ascii: "a"), count: count)
            text[place] = UInt8(ascii: "\"")
            self.check(text, indices: Array(0...count), "\(place) of \(count)")
            self.check(text, indices: (0...count).reversed(), "backwards, \(place) of \(count)")
        }
    }

    @Test(arguments: 0..<200)
    func `finds the same from anywhere in any order`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let density = Int.random(in: 1...200, using: &generator)
        let text: [UInt8] = (0..<Int.random(in: 1...500, using: &generator)).map { _ in
            let isAny = Int.random(in: 0..<density, using: &generator) == 0
            return isAny ? UInt8.random(in: .min ... .max, using: &generator) : UInt8(ascii: "a")
        }
        let indices = (0..<100).map { _ in Int.random(in: 0...text.count, using: &generator) }
        self.check(text, indices: indices, "seed \(seed)")
    }
}
