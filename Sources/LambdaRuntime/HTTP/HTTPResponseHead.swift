internal import Glibc
internal import JSONText

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
    /// The status code; 0 before the status line is read.
    package private(set) var status = 0
    /// Whether the server speaks HTTP/1.0, where a connection ends with its response.
    package private(set) var isVersion1_0 = false

    /// A head of which nothing is read yet.
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
            guard byte.isASCIIDigit else { return nil }
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

    /// Takes those of `bytes` that belong to the head, and says how many they are and whether it is complete with them.
    mutating func append(_ bytes: UnsafeRawBufferPointer) throws(HTTPResponseError) -> (count: Int, isComplete: Bool) {
        let count = self.missingLength(in: bytes)
        self.bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[..<count]))
        while let newline = self.bytes.withUnsafeBytes({ Self.newline($0, from: self.lineStart) }) {
            let hasReturn = newline > self.lineStart && self.bytes[newline - 1] == UInt8(ascii: "\r")
            let line = self.lineStart..<(hasReturn ? newline - 1 : newline)
            self.lineStart = newline + 1
            if self.status == 0 {
                try self.readStatus(line)
            } else if line.isEmpty {
                return (count, true)
            } else {
                try self.readField(line)
            }
        }
        return (count, false)
    }

    /// How many of `bytes` come before the end of the empty line that ends the head; all of them if it is not there.
    private func missingLength(in bytes: UnsafeRawBufferPointer) -> Int {
        // `bytes` may begin in the middle of a line, whose first part came with earlier bytes.
        let begun = self.bytes[self.lineStart...]
        var isBlankSoFar = begun.isEmpty || (begun.count == 1 && begun.first == UInt8(ascii: "\r"))
        var hasReturn = !begun.isEmpty
        var start = 0
        while let newline = Self.newline(bytes, from: start) {
            let isReturn = newline == start + 1 && bytes[start] == UInt8(ascii: "\r") && !hasReturn
            if isBlankSoFar, newline == start || isReturn { return newline + 1 }
            isBlankSoFar = true
            hasReturn = false
            start = newline + 1
        }
        return bytes.count
    }

    private static func newline(_ bytes: UnsafeRawBufferPointer, from start: Int) -> Int? {
        guard let memory = bytes.baseAddress, let found = memchr(memory + start, 0x0A, bytes.count - start) else {
            return nil
        }
        return UnsafeRawPointer(found) - memory
    }

    /// `HTTP/1.1 200 OK`; the reason may be missing.
    private mutating func readStatus(_ line: Range<Int>) throws(HTTPResponseError) {
        guard let (status, version) = self.bytes.withUnsafeBytes({ Self.status(.init(rebasing: $0[line])) }) else {
            throw .malformedStatusLine
        }
        self.status = status
        self.isVersion1_0 = version == UInt8(ascii: "0")
    }

    /// Status code and minor version; nil: the line is no status line.
    private static func status(_ line: UnsafeRawBufferPointer) -> (Int, UInt8)? {
        let prefix: StaticString = "HTTP/1."
        guard let start = line.baseAddress, line.count >= 12,
            memcmp(start, prefix.utf8Start, prefix.utf8CodeUnitCount) == 0
        else { return nil }
        let version = line[7]
        guard version == UInt8(ascii: "0") || version == UInt8(ascii: "1") else { return nil }
        guard line[8] == UInt8(ascii: " "), line.count == 12 || line[12] == UInt8(ascii: " ") else { return nil }
        var status = 0
        for index in 9..<12 {
            guard line[index].isASCIIDigit else { return nil }
            status = status * 10 + Int(line[index] - UInt8(ascii: "0"))
        }
        return status >= 100 ? (status, version) : nil
    }

    private mutating func readField(_ line: Range<Int>) throws(HTTPResponseError) {
        guard let field = self.bytes.withUnsafeBytes({ Self.field($0, line) }) else { throw .malformedHeader }
        self.fields.append(field)
    }

    /// nil: the line is no field.
    private static func field(_ bytes: UnsafeRawBufferPointer, _ line: Range<Int>) -> Field? {
        guard let head = bytes.baseAddress, let found = memchr(head + line.lowerBound, 0x3A, line.count) else {
            return nil
        }
        let colon = UnsafeRawPointer(found) - head
        guard colon > line.lowerBound, HeaderBytes.areName(.init(rebasing: bytes[line.lowerBound..<colon])) else {
            return nil
        }
        var start = colon + 1
        var end = line.upperBound
        while start < end, Self.isBlank(bytes[start]) { start += 1 }
        while end > start, Self.isBlank(bytes[end - 1]) { end -= 1 }
        guard HeaderBytes.areValue(.init(rebasing: bytes[start..<end])) else { return nil }
        return Field(name: line.lowerBound..<colon, value: start..<end)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private func firstRange(_ name: StaticString) -> Range<Int>? {
        self.bytes.withUnsafeBytes { bytes in
            self.fields.withUnsafeBufferPointer { fields in
                for field in fields where Self.matches(bytes, field.name, name) { return field.value }
                return nil
            }
        }
    }

    /// Every value of `name`, in order.
    func forEach(_ name: StaticString, _ body: (ArraySlice<UInt8>) throws(HTTPResponseError) -> Void)
        throws(HTTPResponseError)
    {
        for field in self.fields where self.bytes.withUnsafeBytes({ Self.matches($0, field.name, name) }) {
            try body(self.bytes[field.value])
        }
    }

    private static func matches(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        return HeaderBytes.areEqualNames(
            UnsafeRawBufferPointer(rebasing: bytes[range]),
            UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        )
    }
}

/// Checks of a header field's bytes, eight at a time: each invocation has half a kilobyte of them.
enum HeaderBytes {
    private static let ones: UInt64 = 0x0101_0101_0101_0101
    private static let highBits: UInt64 = 0x8080_8080_8080_8080

    /// Whether all are visible ASCII, as in a field's name.
    static func areName(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.allSatisfy(bytes) { word in
            self.flagsBelow(0x21, word) | self.flagsDelete(word) | (word & self.highBits) == 0
        } bytewise: { byte in
            (0x21...0x7E).contains(byte)
        }
    }

    /// Whether none is a control character other than a tab.
    static func areValue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        self.allSatisfy(bytes) { word in
            self.flagsBelow(0x20, word) | self.flagsDelete(word) == 0
        } bytewise: { byte in
            (byte >= 0x20 && byte != 0x7F) || byte == 0x09
        }
    }

    /// Whether two names of the same length are equal without regard to case: they are letters, digits and hyphens, of
    /// which only letters change with the bit for lower case.
    static func areEqualNames(_ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index + 8 <= left.count {
            let difference = self.word(left, index) ^ self.word(right, index)
            if difference & ~(self.ones << 5) != 0 { return false }
            index += 8
        }
        while index < left.count {
            if left[index] | 0x20 != right[index] | 0x20 { return false }
            index += 1
        }
        return true
    }

    /// `wordwise` may be false for eight bytes that are right: then all are looked at one by one.
    @inline(__always)
    private static func allSatisfy(
        _ bytes: UnsafeRawBufferPointer,
        wordwise: (UInt64) -> Bool,
        bytewise: (UInt8) -> Bool
    ) -> Bool {
        let last = bytes.count - 8
        if last >= 0 {
            var index = 0
            while index < last, wordwise(self.word(bytes, index)) { index += 8 }
            // The last eight overlap those before them.
            if index >= last, wordwise(self.word(bytes, last)) { return true }
        }
        for byte in bytes where !bytewise(byte) { return false }
        return true
    }

    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ index: Int) -> UInt64 {
        bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
    }

    /// Zero exactly if no byte is below `limit`, which is at most 0x80.
    @inline(__always)
    private static func flagsBelow(_ limit: UInt64, _ word: UInt64) -> UInt64 {
        (word &- self.ones &* limit) & ~word & self.highBits
    }

    /// Zero exactly if no byte is 0x7F.
    @inline(__always)
    private static func flagsDelete(_ word: UInt64) -> UInt64 {
        self.flagsBelow(1, word ^ self.ones &* 0x7F)
    }
}
