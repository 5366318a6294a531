import JSONText
import Testing

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
