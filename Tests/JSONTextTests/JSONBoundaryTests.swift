import JSONText
import Testing

/// A reader that takes many bytes at once goes wrong at the edges of its blocks: every special character at every place
/// around them, and every end of the text.
@Suite struct JSONBoundaryTests {
    /// Two blocks of 64 bytes, which is more than any reader here takes at once, and what hangs over.
    private static let lengths = 0..<140

    /// What may stand in a string besides plain characters: as written, and what it means.
    private static let specials: [(written: String, value: String)] = [
        (#"\""#, "\""), (#"\\"#, "\\"), (#"\/"#, "/"), (#"\b\f\n\r\t"#, "\u{8}\u{C}\n\r\t"), (#"\u0000"#, "\u{0}"),
        (#"\u0022"#, "\""), (#"\u00e9"#, "é"), (#"\uD83D\uDE00"#, "😀"), (#"\ud800"#, "\u{FFFD}"), ("\u{7F}", "\u{7F}"),
        ("é", "é"), ("€", "€"), ("😀", "😀"), ("[]{}:, ", "[]{}:, "),
    ]

    /// Runs `body` on bytes in a block of exactly their size.
    private func withBlock<Value>(
        _ bytes: [UInt8],
        _ body: (UnsafeBufferPointer<UInt8>) throws -> Value
    ) rethrows -> Value {
        let block = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
        defer { block.deallocate() }
        _ = block.initialize(from: bytes)
        return try body(UnsafeBufferPointer(block))
    }

    private func plain(_ count: Int) -> String {
        String(decoding: (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }, as: UTF8.self)
    }

    @Test(arguments: Self.lengths)
    func `reads what is special at every place`(before: Int) throws {
        for (written, value) in Self.specials {
            for after in [0, 7, 16, 33] {
                let text = "\"\(self.plain(before))\(written)\(self.plain(after))\""
                let expected = self.plain(before) + value + self.plain(after)
                // As the whole text; with another string right behind; as a key. Read and skipped.
                for (whole, place) in [(text, 0), ("[\(text),\"b\"]", 1), ("{\(text):\"b\"}", 1)] {
                    try self.withBlock(Array(whole.utf8)) { block in
                        let skipped = try JSONReader.read(block) { reader in try reader.skip() }
                        let found = try JSONReader.read(block) { reader in try self.strings(&reader) }
                        // Said only where it fails: expectations are dear, and these are 23,000.
                        if skipped != 0..<block.count || found != (place == 0 ? [expected] : [expected, "b"]) {
                            Issue.record("\(before) before \(written), \(after) after: \(found), \(skipped)")
                        }
                    }
                }
            }
        }
    }

    private func strings(_ reader: inout JSONReader) throws -> [String] {
        var strings: [String] = []
        switch try reader.peek() {
        case .string: strings.append(try reader.readString())
        case .array: try reader.readArray { _, reader in strings.append(try reader.readString()) }
        case .object:
            try reader.readObject { key, reader in
                strings.append(key.string)
                strings.append(try reader.readString())
            }
        case .number, .bool, .null: Issue.record("there are none in these texts")
        }
        return strings
    }

    @Test(arguments: Self.lengths)
    func `refuses what is wrong at every place`(before: Int) {
        let wrong: [[UInt8]] =
            [[0x00], [0x1F], [0x0A], [0x80], [0xC3, 0x28], [0xE2, 0x82, 0x22], [0xED, 0xA0, 0x80], [0xF5, 0x80]]
            + [#"\x"#, #"\u12G4"#, #"\u123"#, #"\""#].map { Array($0.utf8) }
        for bytes in wrong {
            let opened = Array("[\"\(self.plain(before))".utf8) + bytes
            // Cut off right there, and with more behind.
            for text in [opened, opened + Array(self.plain(40).utf8), opened + Array("\(self.plain(33))\\".utf8)] {
                self.withBlock(text) { block in
                    let reading = JSONError.thrown { _ = try JSONReader.read(block) { try DocumentValue(&$0) } }
                    let skipping = JSONError.thrown { _ = try JSONReader.read(block) { try $0.skip() } }
                    #expect(reading?.code == .malformed, "\(before) before \(bytes)")
                    #expect(reading == skipping, "\(before) before \(bytes)")
                }
            }
        }
    }

    @Test(arguments: Self.lengths)
    func `refuses a string without its end`(length: Int) {
        for ending in ["", "\\", "\\\""] {
            self.withBlock(Array("\"\(self.plain(length))\(ending)".utf8)) { block in
                let reading = JSONError.thrown { _ = try JSONReader.read(block) { try DocumentValue(&$0) } }
                let skipping = JSONError.thrown { _ = try JSONReader.read(block) { try $0.skip() } }
                #expect(reading?.code == .malformed)
                #expect(reading == skipping)
            }
        }
    }

    /// White space, numbers and literals that end with the text, and that do not.
    @Test(arguments: Self.lengths)
    func `reads whatever ends at every place`(before: Int) throws {
        let blanks = String(repeating: " \n", count: before / 2)
        for value in [
            "0", "-1.5e-3", "1234567890123456789012345678901234567890", "true", "false", "null", "\"\"", "[]",
        ] {
            for text in ["\(blanks)\(value)", "[\(blanks)\(value)\(blanks)]", "{\"a\":\(blanks)\(value)}"] {
                try self.withBlock(Array(text.utf8)) { block in
                    #expect(throws: Never.self) { try JSONReader.read(block) { try DocumentValue(&$0) } }
                    let range = try JSONReader.read(block) { try $0.skip() }
                    #expect(range.upperBound == text.utf8.count)
                }
                self.withBlock(Array(text.utf8.dropLast())) { block in
                    let reading = JSONError.thrown { _ = try JSONReader.read(block) { try DocumentValue(&$0) } }
                    let skipping = JSONError.thrown { _ = try JSONReader.read(block) { try $0.skip() } }
                    #expect(reading == skipping, "\(text) without its last byte")
                }
            }
        }
    }

    /// Every code unit, and the pairs at the edges of the surrogates' ranges.
    @Test func `decodes every escape`() throws {
        func hexadecimal(_ unit: UInt32) -> String {
            let digits = String(unit, radix: 16, uppercase: unit % 2 == 0)
            return "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
        }
        for unit in UInt32(0)...0xFFFF {
            let expected = Unicode.Scalar(unit) ?? "\u{FFFD}"
            let value = try JSONReader.read(Array("\"\(hexadecimal(unit))\"".utf8)) { try $0.readString() }
            guard value.unicodeScalars.elementsEqual([expected]) else {
                Issue.record("\(hexadecimal(unit)) is read as \(value)")
                return
            }
        }
        for high in [0xD800, 0xD801, 0xDBFE, 0xDBFF] as [UInt32] {
            for low in [0xDC00, 0xDC01, 0xDFFE, 0xDFFF] as [UInt32] {
                let expected = try #require(Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)))
                let text = "\"\(hexadecimal(high))\(hexadecimal(low))\""
                let value = try JSONReader.read(Array(text.utf8)) { try $0.readString() }
                #expect(value.unicodeScalars.elementsEqual([expected]), "\(text)")
            }
        }
    }

    /// An escape at every place of texts of every length, which are decoded sixteen bytes at a time.
    @Test func `decodes an escape wherever it stands`() throws {
        for count in 0..<70 {
            for place in 0...count {
                for (written, value) in [(#"\""#, "\""), (#"\\n"#, "\\n"), (#"\u00e9"#, "é"), (#"é\t\/"#, "é\t/")] {
                    let head = String(repeating: "a", count: place)
                    let tail = String(repeating: "~", count: count - place)
                    let text = Array("\"\(head)\(written)\(tail)\"".utf8)
                    let decoded = try JSONReader.read(text) { try $0.readString() }
                    #expect(decoded == head + value + tail, "\(written) at \(place) of \(count)")
                }
            }
        }
    }
}
