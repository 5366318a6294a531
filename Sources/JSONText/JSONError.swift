/// Why a text was refused, and where.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    package enum Code: String, Sendable {
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

    package let code: Code
    /// What was expected or found.
    ///
    /// Never repeats the input, which may hold customers' data.
    package let reason: String
    /// Bytes from the start of the text.
    package let offset: Int
    /// Where in the document: `$.Records[3].kinesis.data`.
    package var path: String { "$" + self.components.reversed().joined() }

    /// Innermost first: each level adds its own while the error passes through it.
    @usableFromInline package var components: [String]

    @usableFromInline
    package init(_ code: Code, _ reason: String, offset: Int) {
        self.code = code
        self.reason = reason
        self.offset = offset
        self.components = []
    }

    package var description: String { "\(self.reason) at byte \(self.offset) (\(self.path))" }

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
    @usableFromInline
    package func inside(_ component: String) -> JSONError {
        var error = self
        error.components.append(component)
        return error
    }
}
