/// Parses what AWS sends: elements, text, attributes, CDATA, comments and a declaration, in UTF-8.
///
/// No document type, so no entities but the five predefined and character references; nesting is bounded.
struct XMLParser {
    private static let maximumDepth = 64

    private let bytes: [UInt8]
    private var cursor = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func parseDocument() throws -> XMLElement {
        if self.skip("\u{FEFF}") {}
        try self.skipMiscellany()
        let root = try self.parseElement(depth: 1)
        try self.skipMiscellany()
        guard self.cursor == self.bytes.count else { throw self.error("text goes on after the root element") }
        return root
    }

    private mutating func parseElement(depth: Int) throws -> XMLElement {
        guard depth <= Self.maximumDepth else { throw self.error("elements nested too deeply") }
        guard self.skip("<") else { throw self.error("expected an element") }
        let qualifiedName = try self.parseName()
        var element = XMLElement(name: Self.localName(qualifiedName))
        try self.skipAttributes()
        if self.skip("/>") { return element }
        guard self.skip(">") else { throw self.error("expected '>'") }
        var text: [UInt8] = []
        while !self.looksAt("</") {
            guard let byte = self.peek else { throw self.error("element without its end") }
            if self.looksAt("<!--") {
                try self.skipComment()
            } else if self.skip("<![CDATA[") {
                text += try self.bytes(before: "]]>")
            } else if self.looksAt("<?") || self.looksAt("<!") {
                throw self.error("unexpected declaration")
            } else if byte == UInt8(ascii: "<") {
                element.children.append(try self.parseElement(depth: depth + 1))
            } else if byte == UInt8(ascii: "&") {
                text += try self.parseReference()
            } else {
                let end = self.bytes[self.cursor...].firstIndex { $0 == UInt8(ascii: "<") || $0 == UInt8(ascii: "&") }
                text += self.bytes[self.cursor..<(end ?? self.bytes.count)]
                self.cursor = end ?? self.bytes.count
            }
        }
        self.cursor += 2
        guard try self.parseName() == qualifiedName else { throw self.error("end of another element") }
        self.skipBlanks()
        guard self.skip(">") else { throw self.error("expected '>'") }
        guard let decoded = String(validating: text, as: UTF8.self) else { throw self.error("invalid UTF-8") }
        element.text = decoded
        return element
    }

    /// The declaration, comments and blanks around the root element.
    private mutating func skipMiscellany() throws {
        while true {
            self.skipBlanks()
            if self.skip("<?") {
                _ = try self.bytes(before: "?>")
            } else if self.looksAt("<!--") {
                try self.skipComment()
            } else {
                return
            }
        }
    }

    private mutating func skipComment() throws {
        self.cursor += 4
        _ = try self.bytes(before: "-->")
    }

    private mutating func skipAttributes() throws {
        while true {
            let before = self.cursor
            self.skipBlanks()
            guard let byte = self.peek else { throw self.error("unfinished tag") }
            if byte == UInt8(ascii: ">") || byte == UInt8(ascii: "/") { return }
            guard self.cursor > before else { throw self.error("expected a blank before an attribute") }
            _ = try self.parseName()
            self.skipBlanks()
            guard self.skip("=") else { throw self.error("attribute without a value") }
            self.skipBlanks()
            if self.skip("\"") {
                _ = try self.bytes(before: "\"")
            } else if self.skip("'") {
                _ = try self.bytes(before: "'")
            } else {
                throw self.error("attribute value without quotes")
            }
        }
    }

    private mutating func parseName() throws -> String {
        let start = self.cursor
        while let byte = self.peek, Self.isNameByte(byte) { self.cursor += 1 }
        guard self.cursor > start else { throw self.error("expected a name") }
        return String(decoding: self.bytes[start..<self.cursor], as: UTF8.self)
    }

    /// What an entity or a character reference stands for.
    private mutating func parseReference() throws -> [UInt8] {
        let start = self.cursor
        self.cursor += 1
        guard let end = self.bytes[self.cursor...].prefix(12).firstIndex(of: UInt8(ascii: ";")) else {
            throw XMLError(reason: "'&' without an entity", offset: start)
        }
        let name = String(decoding: self.bytes[self.cursor..<end], as: UTF8.self)
        self.cursor = end + 1
        guard let scalar = Self.scalar(ofEntity: name) else {
            throw XMLError(reason: "unknown entity", offset: start)
        }
        return Array(String(Character(scalar)).utf8)
    }

    private static func scalar(ofEntity name: String) -> Unicode.Scalar? {
        switch name {
        case "lt": "<"
        case "gt": ">"
        case "amp": "&"
        case "quot": "\""
        case "apos": "'"
        case _ where name.hasPrefix("#x"): UInt32(name.dropFirst(2), radix: 16).flatMap(Unicode.Scalar.init)
        case _ where name.hasPrefix("#"): UInt32(name.dropFirst()).flatMap(Unicode.Scalar.init)
        default: nil
        }
    }

    private mutating func bytes(before end: StaticString) throws -> ArraySlice<UInt8> {
        let start = self.cursor
        while self.cursor < self.bytes.count {
            if self.skip(end) { return self.bytes[start..<self.cursor - end.utf8CodeUnitCount] }
            self.cursor += 1
        }
        throw XMLError(reason: "missing \(end)", offset: start)
    }

    private var peek: UInt8? { self.cursor < self.bytes.count ? self.bytes[self.cursor] : nil }

    private func looksAt(_ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        guard self.cursor + count <= self.bytes.count, self.bytes[self.cursor] == text.utf8Start[0] else {
            return false
        }
        return (1..<count).allSatisfy { self.bytes[self.cursor + $0] == text.utf8Start[$0] }
    }

    private mutating func skip(_ text: StaticString) -> Bool {
        guard self.looksAt(text) else { return false }
        self.cursor += text.utf8CodeUnitCount
        return true
    }

    private mutating func skipBlanks() {
        while let byte = self.peek, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D { self.cursor += 1 }
    }

    private func error(_ reason: String) -> XMLError {
        XMLError(reason: reason, offset: self.cursor)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
            UInt8(ascii: ":"), 0x80...:
            true
        default: false
        }
    }

    private static func localName(_ name: String) -> String {
        guard let colon = name.utf8.lastIndex(of: UInt8(ascii: ":")) else { return name }
        return String(name[name.utf8.index(after: colon)...])
    }
}

/// Why an answer is not the XML it should be.
package struct XMLError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What is wrong.
    package let reason: String
    /// Bytes from the start.
    package let offset: Int

    /// What is wrong, and where.
    package var description: String { "malformed XML: \(self.reason) at byte \(self.offset)" }
}
