package import Platform

/// The ids that the intake gives to what one request posts.
///
/// With an idempotency key they derive from it and from the caller, so that a repetition of the request makes the same
/// events, which count once. Without one each request makes new ones.
package struct IntakeIDs: Sendable {
    private let key: IdempotencyKey?
    private let caller: String
    private let random: any RandomSource
    private let sha1: @Sendable ([UInt8]) -> [UInt8]

    /// `caller` tells callers apart, whose keys are their own; `sha1` gives the 20 bytes of a text's SHA-1.
    package init(
        key: IdempotencyKey?,
        caller: String,
        random: any RandomSource,
        sha1: @escaping @Sendable ([UInt8]) -> [UInt8]
    ) {
        self.key = key
        self.caller = caller
        self.random = random
        self.sha1 = sha1
    }

    /// What the event of the order at `position` of the request counts once by.
    package func messageID(at position: Int) -> Identifier {
        self.identifier("MessageId/\(position)")
    }

    /// The id of the order at `position` of the request, if it has none of its own.
    package func orderID(at position: Int) -> OrderID {
        self.identifier("OrderId/\(position)")
    }

    /// What the events of the request have in common, if the client names nothing.
    package func correlationID() -> String {
        self.identifier("CorrelationId").text
    }

    /// When the orders of the request happened that do not say so themselves (`createdUtc`).
    ///
    /// It has to be the same in each repetition: a later one would win over messages that came in between. So a key that
    /// is a UUID of version 7 gives the instant at which the client made it, as far as the stream's readers take that by
    /// `rules`, and no longer ago than a key is sent again; with any other key it is `now`.
    package func occurred(_ rules: InputRules, now: UTCInstant) -> UTCInstant {
        guard let instant = self.key?.instant, now - instant <= Self.longestRepetition,
            rules.fault(of: Timestamp(instant), arrival: NewOrder.earliestArrival(of: now)) == nil
        else { return now }
        return instant
    }

    /// A key that is older was not made for this order, but taken from a store of keys, say.
    private static let longestRepetition = Duration.seconds(24 * 60 * 60)

    private func identifier(_ purpose: String) -> Identifier {
        if let key {
            // The lengths keep the parts apart, whatever characters they have.
            let name =
                "order-intake:\(purpose):\(self.caller.utf8.count):\(self.caller):\(key.text.utf8.count):\(key.text)"
            return NamedUUID.identifier(of: name, sha1: self.sha1)
        }
        guard let identifier = Identifier(self.random.nextUUID()) else {
            preconditionFailure("a UUID of 36 characters is an id")
        }
        return identifier
    }
}

/// The value of an `Idempotency-Key` header.
package struct IdempotencyKey: Sendable, Equatable {
    /// Characters of a key.
    package static let maximumLength = 255

    /// Without the quotes of a structured field, so that both ways of writing one key are that key.
    package let text: String

    /// Nil unless it is a string of a structured field (RFC 9651), or 1 to 255 visible ASCII characters without comma
    /// and quotes, as most clients write it.
    package init?(_ value: String) {
        var bytes = Array(value.utf8)
        if bytes.first == UInt8(ascii: "\"") {
            guard let string = Self.unquoted(bytes) else { return nil }
            bytes = string
        } else {
            guard bytes.allSatisfy({ $0 > 0x20 && $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "\"") }) else {
                return nil
            }
        }
        guard (1...Self.maximumLength).contains(bytes.count), bytes.allSatisfy({ 0x20...0x7E ~= $0 }) else {
            return nil
        }
        self.text = String(decoding: bytes, as: UTF8.self)
    }

    /// Whether the key is the UUID of zeros, in any of the forms that UUIDs are written in.
    ///
    /// Such a key names no request: a client sends it, for example .NET's `Guid.Empty`, that gave its requests none.
    package var isNilUUID: Bool { Identifier(self.text)?.isNilUUID ?? false }

    /// The instant in a UUID of version 7 (RFC 9562, 5.7); nil for any other key.
    var instant: UTCInstant? {
        let bytes = Array(self.text.utf8)
        guard bytes.count == 36, [8, 13, 18, 23].allSatisfy({ bytes[$0] == UInt8(ascii: "-") }),
            bytes[14] == UInt8(ascii: "7"), "89abAB".utf8.contains(bytes[19])
        else { return nil }
        let digits = bytes.enumerated().filter { ![8, 13, 18, 23].contains($0.offset) }.map(\.element)
        guard digits.allSatisfy({ UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || 0x61...0x66 ~= $0 | 0x20 }),
            let milliseconds = Int64(String(decoding: digits[..<12], as: UTF8.self), radix: 16)
        else { return nil }
        return UTCInstant(millisecondsSince1970: milliseconds)
    }

    private static func unquoted(_ bytes: [UInt8]) -> [UInt8]? {
        guard bytes.count >= 2, bytes.last == UInt8(ascii: "\"") else { return nil }
        var string: [UInt8] = []
        var isEscaped = false
        for byte in bytes[1..<bytes.count - 1] {
            switch (isEscaped, byte) {
            case (false, UInt8(ascii: "\\")): isEscaped = true
            case (false, UInt8(ascii: "\"")): return nil
            case (true, let byte) where byte != UInt8(ascii: "\\") && byte != UInt8(ascii: "\""): return nil
            case (_, let byte):
                string.append(byte)
                isEscaped = false
            }
        }
        return isEscaped ? nil : string
    }
}
