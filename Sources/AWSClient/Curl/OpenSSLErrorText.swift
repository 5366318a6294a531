internal import COpenSSL

/// OpenSSL's words for its errors, which libcurl writes down as numbers while `OpenSSLSetup` has not loaded them.
enum OpenSSLErrorText {
    /// `text` with words where it has `error:0A000410:lib(20)::reason(1040)`, as `ERR_error_string_n` puts it; without
    /// such a place, `text` itself.
    static func wording(_ text: String) -> String {
        guard let start = text.firstOccurrence(of: "error:"), let reason = text.firstOccurrence(of: "::reason("),
            start.upperBound < reason.lowerBound,
            let end = text.utf8[reason.upperBound...].firstIndex(of: UInt8(ascii: ")")),
            let code = UInt(text[start.upperBound...].prefix(8), radix: 16)
        else { return text }
        OpenSSLSetup.ensureErrorTexts()
        let words = String(unsafeUninitializedCapacity: 256) { buffer in
            buffer.withMemoryRebound(to: CChar.self) { words in
                ERR_error_string_n(code, words.baseAddress, words.count)
                return words.firstIndex(of: 0) ?? 0
            }
        }
        return text[..<start.lowerBound] + words + text[text.utf8.index(after: end)...]
    }
}
