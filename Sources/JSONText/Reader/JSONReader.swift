/// A typed pull reader over the bytes of one JSON text: the caller says what it expects and gets it, or an error with
/// byte offset and path.
///
/// Strict RFC 8259 and valid UTF-8; nothing is built that was not asked for.
///
///     try JSONReader.read(bytes) { reader in
///         try reader.readObject { key, reader in
///             switch key {
///             case "orderId": id = try reader.readString()
///             default: try reader.skip()
///             }
///         }
///     }
///
/// This module is `public` where the others are `package`: Swift 6.3 inlines nothing of a package type into another
/// module, whatever its attributes, and the closures of `readObject` have to be inlined (docs/performance.md).
public struct JSONReader: ~Copyable {
    @usableFromInline let base: UnsafePointer<UInt8>
    @usableFromInline let end: Int
    @usableFromInline let maximumDepth: Int
    @usableFromInline var cursor: Int = 0
    @usableFromInline var depth: Int = 0
    @usableFromInline var window = PlainTextWindow()

    @usableFromInline
    init(_ bytes: UnsafeBufferPointer<UInt8>, base: UnsafePointer<UInt8>, limits: JSONLimits) {
        self.base = base
        self.end = bytes.count
        self.maximumDepth = limits.depth
    }

    /// A reader that stands inside a text, for looking ahead.
    init(base: UnsafePointer<UInt8>, end: Int, maximumDepth: Int, cursor: Int) {
        self.base = base
        self.end = end
        self.maximumDepth = maximumDepth
        self.cursor = cursor
    }

    /// Reads one value with `body` and checks that nothing but white space surrounds it.
    @inlinable
    public static func read<Bytes: Collection, Value>(
        _ bytes: Bytes,
        limits: JSONLimits = .standard,
        _ body: (inout JSONReader) throws -> Value
    ) throws -> Value where Bytes.Element == UInt8 {
        let value = try bytes.withContiguousStorageIfAvailable { try Self.read(buffer: $0, limits: limits, body) }
        if let value { return value }
        return try Array(bytes).withUnsafeBufferPointer { try Self.read(buffer: $0, limits: limits, body) }
    }

    /// Reads one value of a text that may begin with UTF-8's byte order mark, as some writers of files begin it.
    ///
    /// Offsets count the mark.
    @inlinable
    public static func read<Bytes: Collection, Value>(
        withoutByteOrderMark bytes: Bytes,
        limits: JSONLimits = .standard,
        _ body: (inout JSONReader) throws -> Value
    ) throws -> Value where Bytes.Element == UInt8 {
        guard bytes.first == 0xEF, bytes.starts(with: [0xEF, 0xBB, 0xBF]) else {
            return try self.read(bytes, limits: limits, body)
        }
        return try self.read(bytes, limits: limits) { reader in
            reader.cursor = 3
            return try body(&reader)
        }
    }

    @inlinable
    static func read<Value>(
        buffer: UnsafeBufferPointer<UInt8>,
        limits: JSONLimits,
        _ body: (inout JSONReader) throws -> Value
    ) throws -> Value {
        guard let base = buffer.baseAddress, !buffer.isEmpty else {
            throw JSONError(.malformed, "expected a value, found the end of the text", offset: 0)
        }
        guard buffer.count <= limits.bytes else {
            throw JSONError(.tooLarge, "text is longer than \(limits.bytes) bytes", offset: limits.bytes)
        }
        var reader = JSONReader(buffer, base: base, limits: limits)
        let value = try body(&reader)
        try reader.finish()
        return value
    }

    /// Bytes from the start of the text to the next token.
    public var offset: Int { self.cursor }

    /// A place to come back to with `rewind(to:)`.
    public struct Position: Sendable {
        @usableFromInline let cursor: Int
        @usableFromInline let depth: Int

        @inlinable
        init(cursor: Int, depth: Int) {
            self.cursor = cursor
            self.depth = depth
        }
    }

    /// Where the reader stands: taken before a value that may have to be read twice.
    @inlinable
    public var position: Position { Position(cursor: self.cursor, depth: self.depth) }

    /// Goes back to a value, for example to skip what could not be read as expected.
    ///
    /// Right only for a position taken in the same container, since the containers around it stay as they are.
    @inlinable
    public mutating func rewind(to position: Position) {
        self.cursor = position.cursor
        self.depth = position.depth
    }

    /// An error about the value just read or about to be read.
    public func error(_ code: JSONError.Code = .invalidValue, _ reason: String) -> JSONError {
        JSONError(code, reason, offset: self.cursor)
    }

    /// What comes next, without reading it.
    @inlinable
    @inline(__always)
    public mutating func peek() throws -> JSONKind {
        switch try self.nextByte() {
        case UInt8(ascii: "{"): return .object
        case UInt8(ascii: "["): return .array
        case UInt8(ascii: "\""): return .string
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return .number
        case UInt8(ascii: "t"), UInt8(ascii: "f"): return .bool
        case UInt8(ascii: "n"): return .null
        default: throw self.error(.malformed, "expected a value")
        }
    }

    /// Calls `member` for each member in the text's order, repeated keys included.
    ///
    /// The closure must read or skip the value.
    @inlinable
    @inline(__always)
    public mutating func readObject(_ member: (JSONString, inout JSONReader) throws -> Void) throws {
        try self.enter(UInt8(ascii: "{"), "an object")
        if try self.leave(UInt8(ascii: "}")) { return }
        repeat {
            try self.readMember(member)
        } while try self.goesOn(UInt8(ascii: "}"))
    }

    @inlinable
    @inline(__always)
    mutating func readMember(_ member: (JSONString, inout JSONReader) throws -> Void) throws {
        let key = try self.readKey()
        do {
            try self.expect(UInt8(ascii: ":"), "':'")
            try member(key, &self)
        } catch let error as JSONError {
            throw error.inside(key)
        }
    }

    /// Calls `element` with the index of each element.
    ///
    /// The closure must read or skip the element.
    @inlinable
    @inline(__always)
    public mutating func readArray(_ element: (Int, inout JSONReader) throws -> Void) throws {
        try self.enter(UInt8(ascii: "["), "an array")
        if try self.leave(UInt8(ascii: "]")) { return }
        var index = 0
        repeat {
            do {
                try element(index, &self)
            } catch let error as JSONError {
                throw error.inside("[\(index)]")
            }
            index += 1
        } while try self.goesOn(UInt8(ascii: "]"))
    }

    /// A string, decoded.
    public mutating func readString() throws -> String {
        try self.readStringToken().string
    }

    /// An object of one member with a key of one letter or digit and a string, `{"S":"…"}`, as DynamoDB writes all text and
    /// numbers; nil, and nothing is read, where something else comes next or the same with white space, escapes or text
    /// beyond ASCII.
    ///
    /// The letter and the string are those of `readObject`, which reads the same more slowly.
    @inlinable
    @inline(__always)
    public mutating func readTaggedString() -> (tag: UInt8, string: JSONString)? {
        guard self.depth < self.maximumDepth,
            let end = self.window.endOfTaggedString(at: self.cursor, in: self.base, end: self.end)
        else { return nil }
        let start = self.cursor
        self.cursor = end &+ 2
        return (self.base[start &+ 2], self.plainString(from: start &+ 6, to: end))
    }

    /// A string, for comparing or decoding without building a `String`.
    @inlinable
    @inline(__always)
    public mutating func readStringToken() throws -> JSONString {
        guard try self.nextByte() == UInt8(ascii: "\"") else { throw self.typeError("a string") }
        return try self.scanString()
    }

    /// A number as written; nothing is rounded.
    @inlinable
    public mutating func readNumber() throws -> JSONNumber {
        let first = try self.nextByte()
        guard first == UInt8(ascii: "-") || first &- UInt8(ascii: "0") <= 9 else { throw self.typeError("a number") }
        return try self.scanNumber()
    }

    /// A number written as an integer.
    public mutating func readInteger() throws -> Int64 {
        let number = try self.readNumber()
        guard let value = number.integer else {
            throw JSONError(.invalidValue, "expected an integer of 64 bits", offset: self.cursor - number.raw.count)
        }
        return value
    }

    /// `true` or `false`.
    public mutating func readBool() throws -> Bool {
        switch try self.nextByte() {
        case UInt8(ascii: "t"):
            try self.readLiteral("true")
            return true
        case UInt8(ascii: "f"):
            try self.readLiteral("false")
            return false
        default:
            throw self.typeError("true or false")
        }
    }

    /// Reads a `null` if one comes next, and says whether it did.
    @inlinable
    public mutating func readNull() throws -> Bool {
        guard try self.nextByte() == UInt8(ascii: "n") else { return false }
        try self.readLiteral("null")
        return true
    }

    /// Appends the bytes of a range that `skip` gave.
    public func append(_ range: Range<Int>, to bytes: inout [UInt8]) { bytes.append(contentsOf: self.slice(range)) }

    /// The bytes of a range that `skip` gave.
    ///
    /// Valid only inside the closure of `read`.
    public func slice(_ range: Range<Int>) -> UnsafeBufferPointer<UInt8> {
        precondition(range.lowerBound >= 0 && range.upperBound <= self.end, "the range is not of this text")
        return UnsafeBufferPointer(start: self.base + range.lowerBound, count: range.count)
    }
}
