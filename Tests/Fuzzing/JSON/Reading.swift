import JSONText

/// Reads any JSON by the typed calls, and sees where Foundation is known to read something else.
struct Reading {
    private(set) var differences: Set<KnownDifference> = []
    /// Chooses values that are skipped, and read from their bytes afterwards; nil: none is.
    private var skipping: SeededGenerator?

    init(skipping: SeededGenerator? = nil) {
        self.skipping = skipping
    }

    mutating func value(_ reader: inout JSONReader) throws -> Value {
        if self.skipping?.next(below: 3) == 0 { return try self.skippedValue(&reader) }
        switch try reader.peek() {
        case .null:
            guard try reader.readNull() else { fatalError("null was announced") }
            return .null
        case .bool: return .bool(try reader.readBool())
        case .number: return .number(.written(self.number(try reader.readNumber())))
        case .string: return .string(self.text(try reader.readStringToken()))
        case .array:
            var elements: [Value] = []
            try reader.readArray { index, reader in
                expect(index == elements.count, "elements are counted wrong")
                elements.append(try self.value(&reader))
            }
            return .array(elements)
        case .object:
            var members: [Value.Member] = []
            var keys: Set<String> = []
            try reader.readObject { key, reader in
                let name = self.text(key)
                if !keys.insert(String(decoding: name, as: UTF8.self)).inserted {
                    self.differences.insert(.repeatedKey)
                }
                members.append(Value.Member(key: name, value: try self.value(&reader)))
            }
            return .object(sorting: members)
        }
    }

    /// What was skipped must be a text of its own, with the value that reading it in place gives.
    private mutating func skippedValue(_ reader: inout JSONReader) throws -> Value {
        let range = try reader.skip()
        var reading = Reading()
        let value = outcome(of: reader.slice(range)) { reader in try reading.value(&reader) }
        guard case .value(let value) = value else { fatalError("skipped, but no JSON: \(value)") }
        return value
    }

    private mutating func number(_ number: JSONNumber) -> String {
        let text = number.text
        let exact = ExactDecimal(text)
        let isInteger = text.utf8.allSatisfy { $0 == UInt8(ascii: "-") || (0x30...0x39).contains($0) }
        expect(number.integer == (isInteger ? Int64(text) : nil), "the integer of \(text)")
        // Foundation reads them, too, so comparing would not tell.
        let digits = text.utf8.drop { $0 == UInt8(ascii: "-") }.prefix { (0x30...0x39).contains($0) }
        expect(digits.count == 1 || digits.first != UInt8(ascii: "0"), "a leading zero is read")
        if exact.digits.isEmpty, text.contains(where: { $0 == "e" || $0 == "E" }) {
            self.differences.insert(.zeroWithExponent)
        }
        if !exact.fitsDecimal { self.differences.insert(.longNumber) }
        return text
    }

    private mutating func text(_ token: JSONString) -> [UInt8] {
        let bytes = token.utf8
        expect(Array(token.string.utf8) == bytes, "a string is no valid UTF-8 or its two forms differ")
        expect(token.hasEscapes == token.raw.contains(UInt8(ascii: "\\")), "escapes unseen or imagined")
        expect(token.hasEscapes || bytes.elementsEqual(token.raw), "a string without escapes is its raw bytes")
        // The same characters, plain: keys are compared in both spellings.
        bytes.withUnsafeBufferPointer { plain in
            expect(token.hasBytes(of: JSONString(raw: plain, hasEscapes: false)), "not equal to its plain form")
        }
        expect((token == "data") == (bytes == Array("data".utf8)), "compared with a literal")
        if token.hasEscapes, String(decoding: bytes, as: UTF8.self).unicodeScalars.contains("\u{FFFD}") {
            self.differences.insert(.loneSurrogate)
        }
        return bytes
    }
}
