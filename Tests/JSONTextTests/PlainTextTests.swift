import CPlainText
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
