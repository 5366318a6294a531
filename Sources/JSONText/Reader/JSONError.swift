/// Why a text was refused, and where.
public struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    public enum Code: String, Sendable {
        /// The bytes are not one RFC 8259 text.
        case malformed
        /// A limit of `JSONLimits` was passed.
        case tooLarge
        /// Valid JSON of another type than asked for.
        case wrongType
        /// The right type, but a value that its reader cannot accept.
        case invalidValue
        /// A member without which the object means nothing.
        case missingMember
    }

    /// What kind of fault it is, for callers that decide by it.
    public let code: Code
    /// What was expected or found.
    ///
    /// Never repeats the input, which may hold customers' data.
    public let reason: String
    /// How many bytes of the text stand before it.
    public let offset: Int
    /// Where in the document the fault is: `$.Records[3].kinesis.data`.
    public var path: String { "$" + self.components.reversed().joined() }

    /// The parts of the path, innermost first: each level adds its own while the error passes through it.
    public var components: [String]

    /// A fault at a byte; the path is added by `inside` on the way out.
    public init(_ code: Code, _ reason: String, offset: Int) {
        self.code = code
        self.reason = reason
        self.offset = offset
        self.components = []
    }

    /// The reason with its place, fit for a log.
    public var description: String { "\(self.reason) at byte \(self.offset) (\(self.path))" }

    /// The error as seen from the object whose member `key` holds the place.
    ///
    /// Only a key that looks like a name is repeated. Others, an e-mail address say, may be somebody's data.
    @usableFromInline
    func inside(_ key: JSONString) -> JSONError {
        let isName =
            (1...64).contains(key.raw.count)
            && key.raw.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
        return self.inside(isName ? "." + key.string : ".?")
    }

    /// The error as seen from the member or element that holds the place.
    ///
    /// `component` is `.key` or `[index]`.
    public func inside(_ component: String) -> JSONError {
        var error = self
        error.components.append(component)
        return error
    }
}

/// Bounds on what a reader accepts, so that no input can exhaust the stack or the memory.
public struct JSONLimits: Sendable {
    /// How many objects and arrays may stand inside one another.
    ///
    /// DynamoDB items reach 32 levels of two objects each.
    public var depth: Int
    /// How many bytes the whole text may have.
    public var bytes: Int

    /// Limits of one's own, for texts that are no events.
    public init(depth: Int = 128, bytes: Int = 16 * 1024 * 1024) {
        self.depth = depth
        self.bytes = bytes
    }

    /// The limits for a Lambda event (at most 6 MiB + 100 B) and everything inside one.
    public static let standard = JSONLimits()
}
