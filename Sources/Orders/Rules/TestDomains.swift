/// The e-mail domains whose addresses are tests and not customers.
package struct TestDomains: Sendable, Equatable {
    /// Lower case, without a dot in front.
    package let names: [String]

    /// From a list with commas, `test.com,example.org`; nil if it is empty or one of them is no domain.
    package init?(_ list: String) {
        let names = list.split(separator: ",", omittingEmptySubsequences: false).map { Self.trimmed($0).lowercased() }
        let isList = names.allSatisfy { name in
            !name.isEmpty && !name.hasPrefix(".") && !name.contains { $0 == "@" || $0.isWhitespace }
        }
        guard isList else { return nil }
        self.names = names
    }

    /// Whether the address's domain is one of these or below one.
    package func contains(address: String) -> Bool {
        guard let domain = EmailAddress.domain(of: address) else { return false }
        return self.names.contains { domain == $0 || domain.hasSuffix("." + $0) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}

/// What is known of an e-mail address without sending anything to it.
package enum EmailAddress {
    /// What stands behind the last `@`, in small letters; nil where there is no `@` or nothing behind it.
    package static func domain(of address: String) -> String? {
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = address[address.utf8.index(after: at)...].lowercased()
        return domain.isEmpty ? nil : domain
    }
}
