internal import JSONText

/// Why an order can never be processed as it is: a permanent failure.
///
/// The error says what is wrong and where, never the value, which may be a customer's data.
package struct OrderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What kind of fault it is.
    ///
    /// A struct rather than an enum: new codes can be added without breaking callers.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String, Sendable {
            case malformed, tooLarge, wrongType, invalidValue, missingMember, sumTooLarge
        }
        private let base: Base
        private init(_ base: Base) { self.base = base }
        /// The code's name, for a log.
        package var description: String { self.base.rawValue }

        /// The bytes are not one JSON text.
        package static let malformed = Code(.malformed)
        /// The text is longer or deeper than any order can be.
        package static let tooLarge = Code(.tooLarge)
        /// A value has another JSON type than it must have: a `true` as `orderId`, for example.
        package static let wrongType = Code(.wrongType)
        /// A value has the right type, but is outside what is allowed: a negative amount, a malformed timestamp.
        package static let invalidValue = Code(.invalidValue)
        /// A member without which the order means nothing is not there.
        package static let missingMember = Code(.missingMember)
        /// A sum has more than the 38 digits that DynamoDB holds.
        package static let sumTooLarge = Code(.sumTooLarge)
    }

    /// What kind of fault it is.
    package let code: Code
    /// What was expected, and what was found instead where that has a name.
    package let reason: String
    /// Where in the document the fault is: `$.Payload.TotalAmount`.
    package let path: String
    /// How many bytes stand before it in the text; nil for what is not there.
    package let offset: Int?

    /// A fault at a place of the document.
    package init(_ code: Code, _ reason: String, path: String = "$", offset: Int? = nil) {
        self.code = code
        self.reason = reason
        self.path = path
        self.offset = offset
    }

    /// The reader's complaint about the text.
    ///
    /// Keys are the producer's words too: a path is left out that could hold an address or is longer than any that an order
    /// has.
    init(_ error: JSONError) {
        let path = error.path
        let isOrdinary = path.utf8.count <= 200 && !path.utf8.contains(UInt8(ascii: "@"))
        self.init(Code(reader: error.code), error.reason, path: isOrdinary ? path : "$…", offset: error.offset)
    }

    /// The same error with its place counted from the byte `start` of the text, where the order begins.
    func counted(from start: Int) -> OrderError {
        OrderError(self.code, self.reason, path: self.path, offset: self.offset.map { $0 - start })
    }

    /// The same error of a part of what `path` names.
    func continuingPath(with suffix: String) -> OrderError {
        OrderError(self.code, self.reason, path: self.path + suffix, offset: self.offset)
    }

    /// The same error of a text that stands inside another, under `path` and from the byte `start` on.
    func inside(_ path: String, at start: Int) -> OrderError {
        let rest = self.path.utf8.first == UInt8(ascii: "$") ? String(self.path.dropFirst()) : "." + self.path
        return OrderError(self.code, self.reason, path: "$" + path + rest, offset: self.offset.map { $0 + start })
    }

    /// What is wrong, where, and what to do about it.
    package var description: String {
        let place = self.offset.map { "\(self.path), byte \($0)" } ?? self.path
        return "order refused (\(self.code)): \(self.reason) at \(place); correct the producer and send the order again"
    }
}

extension OrderError.Code {
    init(reader code: JSONError.Code) {
        switch code {
        case .malformed: self = .malformed
        case .tooLarge: self = .tooLarge
        case .wrongType: self = .wrongType
        case .invalidValue: self = .invalidValue
        case .missingMember: self = .missingMember
        }
    }
}
