internal import JSONText

/// What is known of an e-mail address without sending anything to it.
package enum EmailAddress {
    /// The stored `emailDomain`: the address's domain in small letters, since a Pipe cannot look into an address.
    ///
    /// It is what stands behind the last `@`, up to what ends an address (`Bob <bob@test.com>`, `bob@test.com (Bob)`) and
    /// without the dot of a root (`test.com.`). Nil where there is no `@` or nothing behind it.
    package static func domain(of address: String) -> String? {
        let characters = address.utf8.span
        guard let domain = self.domain(in: characters),
            let text = try? UTF8Span(validating: characters.extracting(domain.range))
        else { return nil }
        return domain.isSmall ? String(copying: text) : String(copying: text).lowercased()
    }

    /// Where in an address its domain stands, and whether it is in small letters of ASCII.
    static func domain(in address: Span<UInt8>) -> (range: Range<Int>, isSmall: Bool)? {
        var start = address.count
        while start > 0, address[start - 1] != UInt8(ascii: "@") { start -= 1 }
        guard start > 0 else { return nil }
        var end = start
        var isSmall = true
        while end < address.count, !self.endsDomain(address[end]) {
            isSmall = isSmall && self.isSmall(address[end])
            end += 1
        }
        while end > start, address[end - 1] == UInt8(ascii: ".") { end -= 1 }
        return end > start ? (start..<end, isSmall) : nil
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
        let characters = address.utf8.span
        guard let domain = EmailAddress.domain(in: characters) else { return false }
        if domain.isSmall { return self.contains(domain: characters.extracting(domain.range)) }
        return EmailAddress.domain(of: address).map { self.contains(domain: $0.utf8.span) } ?? false
    }

    private func contains(domain: Span<UInt8>) -> Bool {
        for name in self.names where Self.isOrIsBelow(domain, name.utf8.span) { return true }
        return false
    }

    private static func isOrIsBelow(_ domain: Span<UInt8>, _ name: Span<UInt8>) -> Bool {
        let rest = domain.count - name.count
        guard rest == 0 || (rest > 0 && domain[rest - 1] == UInt8(ascii: ".")) else { return false }
        for index in name.indices where domain[rest + index] != name[index] { return false }
        return true
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
