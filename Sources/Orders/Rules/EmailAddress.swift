/// What is known of an e-mail address without sending anything to it.
package enum EmailAddress {
    /// The stored `emailDomain`: what stands behind the last `@`, in small letters, since a Pipe cannot look into an
    /// address.
    ///
    /// Nil where there is no `@` or nothing behind it.
    package static func domain(of address: String) -> String? {
        guard let at = address.utf8.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        let domain = address[address.utf8.index(after: at)...].lowercased()
        return domain.isEmpty ? nil : domain
    }
}
