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

/// The e-mail domains whose addresses are tests and not customers.
package struct TestDomains: Sendable, Equatable {
    /// Lower case, without a dot in front.
    package let names: [String]

    /// From a list with commas, `test.com,example.org`; nil if it is empty or one of them is no domain: it has an empty
    /// label, as `a..b` and `.test.com` have, a space or an `@`.
    package init?(_ list: String) {
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map { Self.trimmed($0).lowercased() }
        let isList = names.allSatisfy { name in
            name.split(separator: ".", omittingEmptySubsequences: false).allSatisfy { !$0.isEmpty }
                && !name.contains { $0 == "@" || $0.isWhitespace }
        }
        guard isList else { return nil }
        self.names = names
    }

    /// Whether the address's domain is one of these or below one.
    package func contains(address: String) -> Bool {
        let isListed: Bool? = address.withUTF8Bytes { address in
            let domain = EmailAddress.domain(of: address)
            if domain.isEmpty { return false }
            guard domain.allSatisfy({ $0 < 0x80 }) else { return nil }
            return self.names.contains { name in name.withUTF8Bytes { Self.ends(domain, in: $0) } }
        }
        if let isListed { return isListed }
        // Small letters beyond ASCII are not a matter of one bit.
        guard let domain = EmailAddress.domain(of: address) else { return false }
        return self.names.contains { name in
            domain.withUTF8Bytes { domain in name.withUTF8Bytes { Self.ends(domain, in: $0) } }
        }
    }

    /// Whether a domain, in capitals or not, is `name` or ends in a dot and `name`.
    private static func ends(_ domain: UnsafeBufferPointer<UInt8>, in name: UnsafeBufferPointer<UInt8>) -> Bool {
        let rest = domain.count - name.count
        guard rest == 0 || (rest > 0 && domain[rest - 1] == UInt8(ascii: ".")) else { return false }
        return name.indices.allSatisfy { index in
            let byte = domain[rest + index]
            return (byte &- UInt8(ascii: "A") <= 25 ? byte | 0x20 : byte) == name[index]
        }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
