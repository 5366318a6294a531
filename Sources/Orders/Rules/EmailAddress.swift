internal import JSONText

/// What is known of an e-mail address without sending anything to it.
package enum EmailAddress {
    /// The stored `emailDomain`: the address's domain in small letters, since a Pipe cannot look into an address.
    ///
    /// Nil where there is no `@` or nothing behind it.
    package static func domain(of address: String) -> String? {
        let domain = address.withUTF8Bytes { String(decoding: self.domain(of: $0), as: UTF8.self) }
        return domain.isEmpty ? nil : domain.lowercased()
    }

    /// The text without white space around it, as it is stored.
    static func trimmed(_ text: String) -> String {
        guard let first = text.utf8.first, let last = text.utf8.last,
            first.isASCIIWhiteSpace || last.isASCIIWhiteSpace
        else { return text }
        return text.withUTF8Bytes { String(decoding: $0.trimmed, as: UTF8.self) }
    }

    /// What stands behind the last `@`, up to what ends an address: `Bob <bob@test.com>`, `bob@test.com (Bob)`.
    ///
    /// The dot of a root (`test.com.`) is not part of it. Empty where there is no `@`.
    static func domain(of address: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else {
            return UnsafeBufferPointer(start: nil, count: 0)
        }
        var domain = address[(at + 1)...].prefix { !self.endsDomain($0) }
        while domain.last == UInt8(ascii: ".") { domain.removeLast() }
        return UnsafeBufferPointer(rebasing: domain)
    }

    private static func endsDomain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "\""):
            true
        default: byte.isASCIIWhiteSpace
        }
    }
}
