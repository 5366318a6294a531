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
        return self.names.contains { domain.hasBytes(of: $0) || domain.hasByteSuffix($0, behind: UInt8(ascii: ".")) }
    }

    private static func trimmed(_ text: Substring) -> Substring {
        var text = text.drop { $0 == " " }
        while text.last == " " { text.removeLast() }
        return text
    }
}
