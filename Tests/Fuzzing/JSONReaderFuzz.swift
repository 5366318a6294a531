import Foundation

/// What both readers must agree on: any JSON, numbers as the nearest Double.
private enum Value: Decodable, Equatable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([Value])
    case object([String: Value])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(Bool.self) {
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
        } else if let value = try? container.decode([Value].self) {
            self = .array(value)
        } else {
            self = .object(try container.decode([String: Value].self))
        }
    }
}

// Where the two are known to differ (`Tests/Fuzzing/README.md` lists it), a difference is no finding.

/// Whether the error stands on a bracket behind a comma, which Foundation accepts.
private func isTrailingComma(_ bytes: [UInt8], _ offset: Int) -> Bool {
    guard offset < bytes.count, bytes[offset] == UInt8(ascii: "]") || bytes[offset] == UInt8(ascii: "}") else {
        return false
    }
    return bytes[..<offset].last { ![0x20, 0x09, 0x0A, 0x0D].contains($0) } == UInt8(ascii: ",")
}

extension Value {
    /// Reads by the typed calls; `isKnown` becomes true where Foundation is known to read something else.
    init(_ reader: inout JSONReader, isKnown: inout Bool) throws {
        switch try reader.peek() {
        case .null:
            _ = try reader.readNull()
            self = .null
        case .bool: self = .bool(try reader.readBool())
        case .number:
            let text = try reader.readNumber().text
            let digits = text.prefix { $0 != "e" && $0 != "E" }.filter(\.isNumber).drop { $0 == "0" }
            guard let number = Double(text), number.isFinite else {
                isKnown = true
                self = .null
                return
            }
            let isZeroWithExponent = digits.isEmpty && text.contains { $0 == "e" || $0 == "E" }
            if isZeroWithExponent || digits.count > 38 || (number == 0 && !digits.isEmpty) { isKnown = true }
            self = .number(number)
        case .string:
            let token = try reader.readStringToken()
            let value = token.string
            if token.hasEscapes, value.unicodeScalars.contains("\u{FFFD}") { isKnown = true }
            self = .string(value)
        case .array:
            var elements: [Value] = []
            try reader.readArray { _, reader in elements.append(try Value(&reader, isKnown: &isKnown)) }
            self = .array(elements)
        case .object:
            var members: [String: Value] = [:]
            try reader.readObject { key, reader in
                let name = key.string
                if key.hasEscapes, name.unicodeScalars.contains("\u{FFFD}") { isKnown = true }
                // A repeated key, also one that is only canonically the same: Foundation keeps another one.
                if members.updateValue(try Value(&reader, isKnown: &isKnown), forKey: name) != nil { isKnown = true }
            }
            self = .object(members)
        }
    }
}

extension Value {
    /// Members of all objects in it.
    var memberCount: Int {
        switch self {
        case .null, .bool, .number, .string: 0
        case .array(let elements): elements.reduce(0) { $0 + $1.memberCount }
        case .object(let members): members.values.reduce(members.count) { $0 + $1.memberCount }
        }
    }
}

/// Members of the text, told by the colons outside its strings.
private func memberCount(of bytes: [UInt8]) -> Int {
    var count = 0
    var isInside = false
    var isEscaped = false
    for byte in bytes {
        if isEscaped {
            isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
            isEscaped = isInside
        } else if byte == UInt8(ascii: "\"") {
            isInside.toggle()
        } else if byte == UInt8(ascii: ":"), !isInside {
            count += 1
        }
    }
    return count
}

/// libFuzzer's entry: traps on a finding.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: start, count: count))
    var isKnown = false
    var ours: Value?
    var skipped = false
    do {
        ours = try JSONReader.read(bytes) { reader in try Value(&reader, isKnown: &isKnown) }
    } catch let error as JSONError {
        let isLeadingZero = error.reason == "number with a leading zero"
        if error.code == .tooLarge || isLeadingZero || isTrailingComma(bytes, error.offset) { isKnown = true }
        guard error.code == .malformed || error.code == .tooLarge, (0...count).contains(error.offset) else {
            fatalError("the error of a generic reader is about the text: \(error)")
        }
    } catch {
        fatalError("an error of another type: \(error)")
    }
    do {
        let range = try JSONReader.read(bytes) { reader in try reader.skip() }
        precondition(range.upperBound <= count)
        skipped = true
    } catch {}
    guard skipped == (ours != nil) else { fatalError("reading and skipping disagree") }
    // Byte order marks and other encodings: only UTF-8 is read here.
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) || bytes.prefix(4).contains(0) || bytes.starts(with: [0xFE, 0xFF])
        || bytes.starts(with: [0xFF, 0xFE])
    {
        return 0
    }
    if isKnown { return 0 }
    let theirs = try? JSONDecoder().decode(Value.self, from: Data(bytes))
    // The value of a repeated key is lost on Foundation, which checks strings and numbers only as it decodes them.
    if ours == nil, let theirs, theirs.memberCount < memberCount(of: bytes) { return 0 }
    guard ours == theirs else {
        fatalError("here: \(String(describing: ours)), JSONDecoder: \(String(describing: theirs))")
    }
    if let data = Data(base64Encoded: Data(bytes)) {
        // Foundation is more lenient (padding in the middle, stray bits), so only what is written again must agree.
        if data.base64EncodedData() == Data(bytes) {
            guard Base64.decode(bytes) == Array(data) else { fatalError("base64 differs") }
        } else {
            guard Base64.decode(bytes) == nil else { fatalError("base64 is too lenient") }
        }
    } else {
        guard Base64.decode(bytes) == nil else { fatalError("base64 is too lenient") }
    }
    return 0
}
