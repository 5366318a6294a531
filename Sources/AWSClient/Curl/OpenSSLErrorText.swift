internal import COpenSSL

/// OpenSSL's words for its errors, which libcurl writes down as numbers while `OpenSSLSetup` has not loaded them.
package enum OpenSSLErrorText {
    /// `text` with words where it has `0A000410:lib(20)::reason(1040)`, or `8000000D:lib(2)::Permission denied`; without
    /// such a place, `text` itself.
    package static func wording(_ text: String) -> String {
        guard let library = text.firstOccurrence(of: ":lib("),
            let code = UInt(text[..<library.lowerBound].suffix(8), radix: 16),
            let libraryEnd = text.utf8[library.upperBound...].firstIndex(of: UInt8(ascii: ")"))
        else { return text }
        OpenSSLSetup.ensureErrorTexts()
        guard let name = ERR_lib_error_string(code) else { return text }
        let head = text[..<library.lowerBound] + ":" + String(cString: name)
        let rest = text[text.utf8.index(after: libraryEnd)...]
        guard rest.hasPrefix("::reason("), let reason = ERR_reason_error_string(code),
            let reasonEnd = rest.utf8.firstIndex(of: UInt8(ascii: ")"))
        else { return head + rest }
        return head + "::" + String(cString: reason) + rest[rest.utf8.index(after: reasonEnd)...]
    }
}
