internal import JSONText

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
