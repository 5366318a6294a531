import Foundation
import JSONText
import TestSupport
import Testing

@Suite struct Base64Tests {
    /// RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func `agrees with the published vectors`(plain: String, encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(Array(encoded.utf8)) == Array(plain.utf8))
    }

    @Test(arguments: [
        // Wrong lengths.
        "Z", "Zg", "Zg=", "Zm9vY", "Zm9vYg", "Zm9vYg=", "Zm9vYg===", "====", "=", "==", "Zm9v====",
        // Padding in other places.
        "=Zg=", "Z=g=", "Zg=a", "Zg==Zg==", "Zm8=Zm9v", "Z===",
        // Foreign characters: the URL alphabet, white space, others, beyond ASCII.
        "Zm-v", "Zm_v", "Zm 9", "Zm9v\n", "Zm\n9v\r\nZ", "Zm9*", "Zm9é", "\u{0}\u{0}\u{0}\u{0}", "Zm9{", "Zm9[", "Zm9@",
        "Zm9`",
        "Zm9:", "Zm9,", "Zm9.", "AAAAAAAAAAAAAAA!", "!AAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\u{7F}",
        "AAAAAAAAAAAAAAAAAAAA-AAAAAAAAAAA",
        // Bits that no byte holds.
        "Zh==", "Zm9=", "AB==", "AAB=",
    ])
    func `refuses what is not strict base64`(text: String) {
        #expect(Base64.decode(Array(text.utf8)) == nil)
        var buffer: [UInt8] = [1, 2, 3]
        #expect(!Base64.decode(Array(text.utf8), into: &buffer))
        #expect(buffer.isEmpty)
    }

    @Test(arguments: UInt8(0)...255)
    func `knows exactly its alphabet`(character: UInt8) {
        let isInside =
            Data(base64Encoded: Data([0x41, 0x41, 0x41, character])) != nil && character != UInt8(ascii: "=")
        for length in [4, 8, 16, 32, 64, 68] {
            for position in 0..<length {
                var text = [UInt8](repeating: 0x41, count: length)
                text[position] = character
                let isPadding = character == UInt8(ascii: "=") && position == length - 1
                #expect((Base64.decode(text) != nil) == (isInside || isPadding))
            }
        }
    }

    @Test(arguments: UInt64(1)...20)
    func `agrees with Foundation`(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var buffer: [UInt8] = []
        for length in 0..<150 {
            let bytes = (0..<length).map { _ in UInt8.random(in: 0...255, using: &generator) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text, "seed \(seed), length \(length)")
            #expect(Base64.decode(Array(text.utf8)) == bytes, "seed \(seed), length \(length)")
            #expect(Base64.decode(Array(text.utf8), into: &buffer), "seed \(seed), length \(length)")
            #expect(buffer == bytes, "seed \(seed), length \(length)")
        }
    }

    @Test func `reads slices and other collections`() {
        let text = Array("xxZm9vYmFyyy".utf8)
        #expect(Base64.decode(text[2..<10]) == Array("foobar".utf8))
        #expect(Base64.decode("Zm9vYmFy".utf8) == Array("foobar".utf8))
    }
}
