internal import JSONText

/// What is known of an e-mail address without sending anything to it.
package enum EmailAddress {
    /// The stored `emailDomain`: the address's domain in small letters, since a Pipe cannot look into an address.
    ///
    /// It is what stands behind the last `@`, up to what ends an address (`Bob <bob@test.com>`, `bob@test.com (Bob)`) and
    /// without the dot of a root (`test.com.`). Nil where there is no `@` or nothing behind it.
    package static func domain(of address: String) -> String? {
        let characters = address.utf8.span
        var start = characters.count
        while start > 0, characters[start - 1] != UInt8(ascii: "@") { start -= 1 }
        guard start > 0 else { return nil }
        var end = start
        var isSmall = true
        while end < characters.count, !self.endsDomain(characters[end]) {
            isSmall = isSmall && self.isSmall(characters[end])
            end += 1
        }
        while end > start, characters[end - 1] == UInt8(ascii: ".") { end -= 1 }
        guard end > start, let domain = try? UTF8Span(validating: characters.extracting(start..<end))
        else { return nil }
        return isSmall ? String(copying: domain) : String(copying: domain).lowercased()
    }

    /// Whether the character is the same in small letters, as far as ASCII tells.
    private static func isSmall(_ character: UInt8) -> Bool {
        character < 0x80 && character == character.asciiLowercased
    }

    private static func endsDomain(_ character: UInt8) -> Bool {
        switch character {
        case UInt8(ascii: ">"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: ","), UInt8(ascii: ";"),
            UInt8(ascii: "\""):
            true
        default: character.isASCIIWhiteSpace
        }
    }
}

/// The e-mail domains whose addresses are tests and not customers.
package struct TestDomains: Sendable, Equatable {
    /// The domains in small letters, without a dot in front.
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
        guard let domain = EmailAddress.domain(of: address) else { return false }
        return self.names.contains { Self.isOrIsBelow(domain, $0) }
    }

    private static func isOrIsBelow(_ domain: String, _ name: String) -> Bool {
        guard domain.endsInBytes(of: name) else { return false }
        let rest = domain.utf8.dropLast(name.utf8.count)
        return rest.isEmpty || rest.last == UInt8(ascii: ".")
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
