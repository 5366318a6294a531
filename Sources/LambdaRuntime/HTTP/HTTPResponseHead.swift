/// Status and header fields of a response.
///
/// Keeps its memory from one response to the next.
package struct HTTPResponseHead: Sendable {
    private struct Field {
        let name: Range<Int>
        let value: Range<Int>
    }

    /// The head's lines, as received.
    private var bytes: [UInt8] = []
    private var lineStart = 0
    private var fields: [Field] = []
    package private(set) var status = 0
    /// Whether the server speaks HTTP/1.0, where a connection ends with its response.
    package private(set) var isVersion1_0 = false

    package init() {}

    var count: Int { self.bytes.count }

    /// The first field of that name, without regard to case; nil if there is none.
    package subscript(name: StaticString) -> String? {
        self.firstRange(name).map { String(decoding: self.bytes[$0], as: UTF8.self) }
    }

    /// A field that is a whole number in decimal digits; nil if there is none or it is not.
    package func integer(_ name: StaticString) -> Int64? {
        guard let range = self.firstRange(name), !range.isEmpty, range.count <= 19 else { return nil }
        var result: Int64 = 0
        for byte in self.bytes[range] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
            let (product, first) = result.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(Int64(byte - UInt8(ascii: "0")))
            if first || second { return nil }
            result = sum
        }
        return result
    }

    mutating func removeAll() {
        self.bytes.removeAll(keepingCapacity: true)
        self.fields.removeAll(keepingCapacity: true)
        self.lineStart = 0
        self.status = 0
        self.isVersion1_0 = false
    }

    /// Takes bytes up to the end of a line; true: it was the empty line, so the head is complete.
    mutating func append(_ bytes: UnsafeRawBufferPointer, endsLine: Bool) throws(HTTPResponseError) -> Bool {
        self.bytes.append(contentsOf: bytes)
        guard endsLine else { return false }
        var end = self.bytes.count - 1
        if end > self.lineStart, self.bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        let line = self.lineStart..<end
        self.lineStart = self.bytes.count
        if self.status == 0 {
            try self.readStatus(line)
            return false
        }
        if line.isEmpty { return true }
        try self.readField(line)
        return false
    }

    /// `HTTP/1.1 200 OK`; the reason may be missing.
    private mutating func readStatus(_ line: Range<Int>) throws(HTTPResponseError) {
        let bytes = self.bytes[line]
        guard bytes.count >= 12, bytes.starts(with: "HTTP/1.".utf8) else { throw .malformedStatusLine }
        let version = bytes[line.lowerBound + 7]
        guard version == UInt8(ascii: "0") || version == UInt8(ascii: "1") else { throw .malformedStatusLine }
        guard bytes[line.lowerBound + 8] == UInt8(ascii: " ") else { throw .malformedStatusLine }
        guard bytes.count == 12 || bytes[line.lowerBound + 12] == UInt8(ascii: " ") else { throw .malformedStatusLine }
        var status = 0
        for byte in bytes[(line.lowerBound + 9)..<(line.lowerBound + 12)] {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { throw .malformedStatusLine }
            status = status * 10 + Int(byte - UInt8(ascii: "0"))
        }
        guard status >= 100 else { throw .malformedStatusLine }
        self.status = status
        self.isVersion1_0 = version == UInt8(ascii: "0")
    }

    private mutating func readField(_ line: Range<Int>) throws(HTTPResponseError) {
        guard let field = self.bytes.withUnsafeBufferPointer({ Self.field($0, line) }) else { throw .malformedHeader }
        self.fields.append(field)
    }

    /// nil: the line is no field.
    private static func field(_ bytes: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Field? {
        var colon = line.lowerBound
        while colon < line.upperBound, bytes[colon] != UInt8(ascii: ":") {
            guard (0x21...0x7E).contains(bytes[colon]) else { return nil }
            colon += 1
        }
        guard colon > line.lowerBound, colon < line.upperBound else { return nil }
        var start = colon + 1
        var end = line.upperBound
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        for index in start..<end where (bytes[index] < 0x20 && bytes[index] != 0x09) || bytes[index] == 0x7F {
            return nil
        }
        return Field(name: line.lowerBound..<colon, value: start..<end)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func firstRange(_ name: StaticString) -> Range<Int>? {
        self.fields.first { self.matches($0.name, name) }?.value
    }

    /// Every value of `name`, in order.
    func forEach(_ name: StaticString, _ body: (ArraySlice<UInt8>) throws(HTTPResponseError) -> Void)
        throws(HTTPResponseError)
    {
        for field in self.fields where self.matches(field.name, name) {
            try body(self.bytes[field.value])
        }
    }

    /// Names are letters, digits and hyphens, of which only letters change with the bit for lower case.
    private func matches(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        return self.bytes.withUnsafeBufferPointer { bytes in
            for offset in 0..<range.count
            where bytes[range.lowerBound + offset] | 0x20 != name.utf8Start[offset] | 0x20 {
                return false
            }
            return true
        }
    }
}
